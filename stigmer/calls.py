"""What a task that reaches outside is given: HTTP, gRPC, agents, other workflows, Python functions."""

from __future__ import annotations

from stigmer import project
from stigmer.activities import activity_of
from stigmer.agents import Agent
from stigmer.errors import DeclarationError
from stigmer.expressions import Expr, expression
from stigmer.flow import NamedCall
from stigmer.late import late
from stigmer.models import check_model
from stigmer.names import check_slug, check_text
from stigmer.outputs import answer_shape
from stigmer.shapes import KnownFields
from stigmer.values import Values

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from stigmer.flow import Config, Flow
    from stigmer.shapes import Shape

    Given = Mapping[str, object]

HTTP_TIMEOUT_SECONDS = 30
HTTP_LONGEST_SECONDS = 300
AGENT_TIMEOUT_SECONDS = 300
AGENT_LONGEST_SECONDS = 3600
SCOPES = ("platform", "organization")


def http(
    flow: Flow,
    method: str,
    url: object,
    body: Given | None,
    headers: Given | None,
    params: Given | None,
    timeout: int,
) -> Config:
    values = Values(flow)
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
    return config


def grpc(flow: Flow, service: object, method: object, request: Given | None) -> Config:
    values = Values(flow)
    config: Config = {
        "service": values.text("the service", service),
        "method": values.text("the method", method),
    }
    if request is not None:
        config["request"] = values.structure("the request", request)
    return config


def agent(
    flow: Flow,
    called: Agent | str,
    message: object,
    env: Given | None,
    model: str,
    timeout: int,
    temperature: float | None,
    scope: str,
) -> tuple[Config, Shape | None]:
    """Also what is known of its result."""
    values = Values(flow)
    config: Config = {
        "agent": _agent_slug(flow, called, scope),
        "message": values.text("the message", message),
    }
    if scope:
        if scope not in SCOPES:
            raise DeclarationError(f'the scope "{scope}" must be one of {", ".join(SCOPES)}')
        config["scope"] = scope
    if env is not None:
        config["env"] = values.texts("env", env)
    config["config"] = {"timeout": _seconds(timeout, AGENT_LONGEST_SECONDS)}
    if model:
        config["config"]["model"] = check_model("the model", check_text("the model", model))
    if temperature is not None:
        if not 0 <= temperature <= 1:
            raise DeclarationError(f"the temperature {temperature} must be between 0 and 1")
        config["config"]["temperature"] = temperature
    return config, answer_shape(called.options) if isinstance(called, Agent) else None


def input_shape(given: Given | Sequence[str] | None) -> Shape | None:
    """What is known of the input of a workflow that says what it is given."""
    if given is None:
        return None
    if not isinstance(given, dict | list | tuple | set | frozenset):
        raise DeclarationError(f"input wants the names of its fields, not {given!r:.60}")
    for name in given:
        check_text("a field of the input", name, empty=False)
    fields = given if isinstance(given, dict) else dict.fromkeys(given)
    return KnownFields({"message": None, "metadata": None, **fields})


def child(flow: Flow, workflow: object, given: Given | None) -> Config:
    """`workflow`: another one, or its name."""
    slug = workflow if isinstance(workflow, str) else getattr(workflow, "name", None)
    if not isinstance(slug, str):
        raise DeclarationError(f"run wants a Workflow or its name, not {workflow!r:.60}")
    config: Config = {"workflow": check_slug("workflow", slug)}
    if given is not None:
        config["input"] = Values(flow).structure("the input", given)
    if isinstance(workflow, str):
        flow.named.append(NamedCall("workflow", slug))
        return config
    if slug != flow.name:
        flow.calls.add(f"workflow:{slug}")
    wanted = getattr(workflow, "_flow").input  # noqa: B009 -- its own room is above this one
    for name in given or ():
        if wanted is not None and not wanted.has(name):
            reason = f'the workflow "{slug}" is given no "{name}"{wanted.advice(name)}'
            project.current().mistaken(DeclarationError(reason))
    return config


def activity(flow: Flow, called: object, given: Given | None) -> tuple[Config, Shape | None]:
    """`called`: a function that is marked, or a name. Also what is known of its result."""
    values = Values(flow)
    shape = None
    if isinstance(called, str) and called:
        name = called
        flow.named.append(NamedCall("activity", name))
    elif (marked := activity_of(called)) is not None:
        marked.check_arguments(values.mapping("the input", given))
        name, shape = marked.name, marked.shape()
    else:
        raise DeclarationError(
            f"call_activity wants a function marked with @activity, or a name, not {called!r:.60}"
        )
    flow.activities.add(name)
    config: Config = {"activity": name}
    if given is not None:
        config["input"] = values.structure("the input", given)
    return config, shape


def _agent_slug(flow: Flow, called: object, scope: str) -> str:
    if isinstance(called, Agent):
        flow.calls.add(f"agent:{called.name}")
        return called.name
    if isinstance(called, str):
        if scope != "platform":  # nobody here knows which agents a platform has
            flow.named.append(NamedCall("agent", called))
        return check_slug("agent", called)
    raise DeclarationError(f"call_agent wants an Agent or its name, not {called!r:.60}")


def _seconds(value: object, longest: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= longest:
        raise DeclarationError(
            f"the timeout must be a whole number of seconds from 1 to {longest}, not {value!r}"
        )
    return value


def _parameter(values: Values, key: str, value: object) -> str:
    quote = late("urllib.parse").quote
    if isinstance(value, Expr) or (isinstance(value, str) and "${" in value):
        return f"{quote(key)}={values.text(f'the parameter {key}', expression(value).text().url_quoted())}"
    return f"{quote(key)}={quote(str(value), safe='')}"
