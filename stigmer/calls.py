"""The tasks of a workflow that reach outside: HTTP, gRPC, agents, other workflows, Python functions."""

from __future__ import annotations

from stigmer.activities import Activity
from stigmer.agents import Agent
from stigmer.errors import DeclarationError, declares
from stigmer.expressions import Expr, program
from stigmer.names import check_slug, check_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from stigmer.steps import Config, Task
    from stigmer.values import Values
    from stigmer.workflows import Workflow

    Fields = Mapping[str, object]

HTTP_TIMEOUT_SECONDS = 30
HTTP_LONGEST_SECONDS = 300
AGENT_TIMEOUT_SECONDS = 300
AGENT_LONGEST_SECONDS = 3600
SCOPES = ("platform", "organization")


class Calls:
    """A part of Workflow."""

    if TYPE_CHECKING:
        _calls: set[str]
        _activities: set[str]

        @property
        def _values(self) -> Values: ...
        def _add(self, name: str, kind: str, config: Config, then: object) -> Task: ...

    @declares
    def http_get(
        self,
        name: str,
        url: object,
        *,
        headers: Fields | None = None,
        params: Fields | None = None,
        timeout: int = HTTP_TIMEOUT_SECONDS,
        then: str = "",
    ) -> Task:
        """Its output is what the server answers: parsed, if that is JSON."""
        return self._http(name, "GET", url, None, headers, params, timeout, then)

    @declares
    def http_post(
        self,
        name: str,
        url: object,
        body: Fields | None = None,
        *,
        headers: Fields | None = None,
        params: Fields | None = None,
        timeout: int = HTTP_TIMEOUT_SECONDS,
        then: str = "",
    ) -> Task:
        return self._http(name, "POST", url, body, headers, params, timeout, then)

    @declares
    def http_put(
        self,
        name: str,
        url: object,
        body: Fields | None = None,
        *,
        headers: Fields | None = None,
        params: Fields | None = None,
        timeout: int = HTTP_TIMEOUT_SECONDS,
        then: str = "",
    ) -> Task:
        return self._http(name, "PUT", url, body, headers, params, timeout, then)

    @declares
    def http_patch(
        self,
        name: str,
        url: object,
        body: Fields | None = None,
        *,
        headers: Fields | None = None,
        params: Fields | None = None,
        timeout: int = HTTP_TIMEOUT_SECONDS,
        then: str = "",
    ) -> Task:
        return self._http(name, "PATCH", url, body, headers, params, timeout, then)

    @declares
    def http_delete(
        self,
        name: str,
        url: object,
        *,
        headers: Fields | None = None,
        params: Fields | None = None,
        timeout: int = HTTP_TIMEOUT_SECONDS,
        then: str = "",
    ) -> Task:
        return self._http(name, "DELETE", url, None, headers, params, timeout, then)

    @declares
    def grpc_call(
        self, name: str, service: object, method: object, request: Fields | None = None, *, then: str = ""
    ) -> Task:
        """Call a unary method; the service may carry its address: `host:port/package.Service`."""
        config: Config = {
            "service": self._values.text("the service", service),
            "method": self._values.text("the method", method),
        }
        if request is not None:
            config["request"] = self._values.structure("the request", request)
        return self._add(name, "GRPC_CALL", config, then)

    @declares
    def call_agent(
        self,
        name: str,
        agent: Agent | str,
        message: object,
        *,
        env: Fields | None = None,
        model: str = "",
        timeout: int = AGENT_TIMEOUT_SECONDS,
        temperature: float | None = None,
        scope: str = "",
        then: str = "",
    ) -> Task:
        """Ask an agent and wait: `ask.response` is its answer; and the fields of an object in it."""
        config: Config = {
            "agent": self._agent_slug(agent),
            "message": self._values.text("the message", message),
        }
        if scope:
            if scope not in SCOPES:
                raise DeclarationError(f'the scope "{scope}" must be one of {", ".join(SCOPES)}')
            config["scope"] = scope
        if env is not None:
            config["env"] = self._values.texts("env", env)
        config["config"] = {"timeout": _seconds(timeout, AGENT_LONGEST_SECONDS)}
        if model:
            config["config"]["model"] = check_text("the model", model)
        if temperature is not None:
            if not 0 <= temperature <= 1:
                raise DeclarationError(f"the temperature {temperature} must be between 0 and 1")
            config["config"]["temperature"] = temperature
        return self._add(name, "AGENT_CALL", config, then)

    @declares
    def run(
        self,
        name: str,
        workflow: Workflow | str,
        input: Fields | None = None,  # noqa: A002
        *,
        then: str = "",
    ) -> Task:
        """Run another workflow and wait. There, `wf.input` is the input; here, its output is the task's."""
        slug = workflow if isinstance(workflow, str) else getattr(workflow, "name", None)
        if not isinstance(slug, str):
            raise DeclarationError(f"run wants a Workflow or its name, not {workflow!r:.60}")
        config: Config = {"workflow": check_slug("workflow", slug)}
        if input is not None:
            config["input"] = self._values.structure("the input", input)
        if workflow is not self and not isinstance(workflow, str):
            self._calls.add(f"workflow:{slug}")
        return self._add(name, "RUN", config, then)

    @declares
    def call_activity(
        self,
        name: str,
        activity: Activity | str,
        input: Fields | None = None,  # noqa: A002
        *,
        then: str = "",
    ) -> Task:
        """Call a Python function of this project, marked with @activity; the input gives its arguments."""
        if isinstance(activity, Activity):
            activity.check_arguments(self._values.mapping("the input", input))
            self._activities.add(activity.name)
            called = activity.name
        elif isinstance(activity, str) and activity:
            called = activity
        else:
            raise DeclarationError(
                f"call_activity wants a function marked with @activity, or a name, not {activity!r:.60}"
            )
        config: Config = {"activity": called}
        if input is not None:
            config["input"] = self._values.structure("the input", input)
        return self._add(name, "CALL_ACTIVITY", config, then)

    def _http(
        self,
        name: str,
        method: str,
        url: object,
        body: Fields | None,
        headers: Fields | None,
        params: Fields | None,
        timeout: int,
        then: str,
    ) -> Task:
        values = self._values
        uri = values.text("the URL", url)
        if params is not None:
            separator = "&" if "?" in uri else "?"
            given = values.mapping("params", params).items()
            uri += separator + "&".join(_parameter(values, key, value) for key, value in given)
        config: Config = {"method": method, "endpoint": {"uri": uri}}
        if headers is not None:
            config["headers"] = values.texts("the header", headers)
        if body is not None:
            config["body"] = values.structure("the body", body)
        config["timeout_seconds"] = _seconds(timeout, HTTP_LONGEST_SECONDS)
        return self._add(name, "HTTP_CALL", config, then)

    def _agent_slug(self, agent: object) -> str:
        if isinstance(agent, Agent):
            self._calls.add(f"agent:{agent.name}")
            return agent.name
        if isinstance(agent, str):
            return check_slug("agent", agent)
        raise DeclarationError(f"call_agent wants an Agent or its name, not {agent!r:.60}")


def _seconds(value: object, longest: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= longest:
        raise DeclarationError(
            f"the timeout must be a whole number of seconds from 1 to {longest}, not {value!r}"
        )
    return value


def _parameter(values: Values, key: str, value: object) -> str:
    from urllib.parse import quote

    if isinstance(value, Expr) or (isinstance(value, str) and "${" in value):
        return f"{quote(key)}={values.text(f'the parameter {key}', program(value).text().url_quoted())}"
    return f"{quote(key)}={quote(str(value), safe='')}"
