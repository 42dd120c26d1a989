"""A workflow: tasks that run one after the other, in loops and branches, and see each other's outputs."""

from __future__ import annotations

from stigmer import calls, project
from stigmer.blocks import Fork, Loop, Switch, Try
from stigmer.calls import AGENT_TIMEOUT_SECONDS, HTTP_TIMEOUT_SECONDS
from stigmer.errors import DeclarationError, declares, here
from stigmer.expressions import Expr
from stigmer.fixed_text import check_fixed
from stigmer.flow import Flow
from stigmer.names import check_identifier, check_slug, check_text
from stigmer.shapes import KnownFields, shape_of
from stigmer.steps import Task, added, check_then
from stigmer.text import OPEN
from stigmer.values import Values
from stigmer.variables import EnvVar, check_variables

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import timedelta
    from typing import Any

    from stigmer.agents import Agent

    Given = Mapping[str, object]

SIGNAL_MODES = ("one", "all")
SIGNAL_TYPES = ("signal", "query", "update")


class case:  # noqa: N801 -- reads like a keyword where it is used
    """One way out of a switch, to a task that is declared elsewhere.

    Example:
        ```python
        order = Workflow("order")
        order.switch("route", case(order.input.price > 100, then="large"), default="small")
        order.set("large", by="the manager", then=END)
        order.set("small", by="anybody")
        # input: {"price": 250}
        # output: {"by": "the manager"}
        ```
    """

    __slots__ = ("name", "then", "when")

    @declares
    def __init__(self, when: object, *, then: str, name: str = "") -> None:
        self.when = when
        self.then = check_then(then)
        self.name = name or self.then


class Workflow:
    """Declared by its name; each method adds a task and returns it, to be used as a value in later ones.

    The value `input` is what a run was started with. The argument `input` says which fields that has, by
    name (`["city", "days"]`) or with an example or a type of each (`{"city": str, "days": [{"at": int}]}`):
    then a misspelt `greet.input.ctiy` is a mistake, and so is one in what `run()` passes on; without it any
    field may be there. Raises DeclarationError, at the line that declares it, for what cannot work.

    Example:
        ```python
        greet = Workflow("greet", description="Greets whoever asks")
        line = greet.set("line", text=f"Hello, {greet.input.message}!")
        greet.set("answer", greeting=line.text, length=line.text.length())
        # input: {"message": "Ada"}
        # output: {"greeting": "Hello, Ada!", "length": 11}
        ```
    """

    @declares
    def __init__(
        self,
        name: str,
        *,
        description: str = "",
        namespace: str = "default",
        version: str = "0.1.0",
        env: Sequence[EnvVar] = (),
        input: Mapping[str, object] | Sequence[str] | None = None,  # noqa: A002
    ) -> None:
        self.place = here()
        if isinstance(name, str) and "/" in name:
            namespace, _, name = name.partition("/")
        self.name = check_slug("workflow", name)
        self.namespace = check_slug("namespace", namespace)
        self.version = check_text("the version", version, empty=False)
        self.description = check_fixed(
            "a description", check_text("the description", description), "write it out"
        )
        self._flow = Flow(self.name, check_variables(env))
        self._flow.input = calls.input_shape(input)
        # What the run was started with: `wf.input.message`.
        self.input = Expr("$input", shape=self._flow.input)
        project.current().add(Workflow, "a workflow", self)

    def __repr__(self) -> str:
        return f"<workflow {self.name}>"

    def __getitem__(self, name: str) -> Task:
        """A task that was declared before, by its name."""
        return Task(self._flow.step(name))

    @declares
    def set(
        self, name: str, variables: Mapping[str, object] | None = None, *, then: str = "", **values: object
    ) -> Task:
        """Compute values: `wf.set("totals", revenue=orders.sum("price"))`; its output is all of them."""
        given = Values(self._flow)
        fields = {**given.mapping("the variables", variables), **values}
        if not fields:
            raise DeclarationError(f'the task "{name}" sets nothing; give it values: revenue=…')
        written = given.variables(fields)
        return added(
            self._flow, name, "SET", {"variables": written}, then, KnownFields(fields, written.values())
        )

    @declares
    def switch(self, name: str, *cases: case, default: str = "") -> Switch:
        """Go on elsewhere: `case(total > 100, then="review")`; or, as `with wf.switch(…)`, blocks."""
        for each in cases:
            if not isinstance(each, case):
                raise DeclarationError(f"switch wants case(condition, then=…) items, not {each!r:.60}")
        ways = [
            {"name": each.name, "when": Values(self._flow).condition(each.when), "then": each.then}
            for each in cases
        ]
        if default:
            ways.append({"name": "default", "then": check_then(default)})
        return Switch(self._flow.add(name, "SWITCH", {"cases": ways}, ""))

    @declares
    def for_each(self, name: str, items: object, *, each: str = "item", then: str = "") -> Loop:
        """`with wf.for_each("each", orders) as order:` the tasks inside run once for each item."""
        check_identifier("the loop variable", each)
        step = self._flow.add(
            name, "FOR", {"each": each, "in": Values(self._flow).collection(items)}, check_then(then)
        )
        return Loop(step, each, shape_of(items, (step.config["in"],)))

    @declares
    def fork(self, name: str, *, compete: bool = False, then: str = "") -> Fork:
        """Branches that run at the same time. With compete, the first that ends wins and stops the others."""
        return Fork(self._flow.add(name, "FORK", {"compete": True} if compete else {}, check_then(then)))

    @declares
    def try_(self, name: str, *, then: str = "") -> Try:
        """Tasks that may fail; `catch()` says what to do then."""
        return Try(self._flow.add(name, "TRY", {}, check_then(then)))

    @declares
    def listen(
        self,
        name: str,
        *signals: str,
        mode: str = "one",
        type: str = "signal",  # noqa: A002
        then: str = "",
    ) -> Task:
        """Wait for one of the signals, or for all of them. Its output: signal name → payload."""
        if not signals:
            raise DeclarationError(f'the task "{name}" listens to nothing; name a signal')
        if mode not in SIGNAL_MODES:
            raise DeclarationError(f'the mode "{mode}" must be one of {", ".join(SIGNAL_MODES)}')
        if type not in SIGNAL_TYPES:
            raise DeclarationError(f'the type "{type}" must be one of {", ".join(SIGNAL_TYPES)}')
        awaited = [{"id": Values(self._flow).text("the signal", signal), "type": type} for signal in signals]
        shape = None if any(OPEN in signal for signal in signals) else KnownFields(dict.fromkeys(signals))
        return added(self._flow, name, "LISTEN", {"to": {"mode": mode, "signals": awaited}}, then, shape)

    @declares
    def wait(self, name: str, seconds: int | timedelta, *, then: str = "") -> Task:
        """Do nothing for so many whole seconds."""
        length = seconds if isinstance(seconds, int) else getattr(seconds, "total_seconds", lambda: 0)()
        if isinstance(seconds, bool) or length < 1 or int(length) != length:
            raise DeclarationError(f"wait takes whole seconds, at least 1, not {seconds!r}")
        return added(self._flow, name, "WAIT", {"seconds": int(length)}, then)

    @declares
    def raise_(self, name: str, error: object, message: object = "") -> Task:
        """Fail, with the kind of error and a message; a try around it can catch that."""
        config = {
            "error": Values(self._flow).text("the error", error),
            "message": Values(self._flow).text("the message", message or error),
        }
        return added(self._flow, name, "RAISE", config, "")

    @declares
    def http_get(
        self,
        name: str,
        url: object,
        *,
        headers: Given | None = None,
        params: Given | None = None,
        timeout: int = HTTP_TIMEOUT_SECONDS,
        then: str = "",
    ) -> Task:
        """Its output is what the server answers: parsed, if that is JSON."""
        config = calls.http(self._flow, "GET", url, None, headers, params, timeout)
        return added(self._flow, name, "HTTP_CALL", config, then)

    @declares
    def http_post(
        self,
        name: str,
        url: object,
        body: Given | None = None,
        *,
        headers: Given | None = None,
        params: Given | None = None,
        timeout: int = HTTP_TIMEOUT_SECONDS,
        then: str = "",
    ) -> Task:
        """As `http_get`, and the body goes as JSON."""
        config = calls.http(self._flow, "POST", url, body, headers, params, timeout)
        return added(self._flow, name, "HTTP_CALL", config, then)

    @declares
    def http_put(
        self,
        name: str,
        url: object,
        body: Given | None = None,
        *,
        headers: Given | None = None,
        params: Given | None = None,
        timeout: int = HTTP_TIMEOUT_SECONDS,
        then: str = "",
    ) -> Task:
        """As `http_get`, and the body goes as JSON."""
        config = calls.http(self._flow, "PUT", url, body, headers, params, timeout)
        return added(self._flow, name, "HTTP_CALL", config, then)

    @declares
    def http_patch(
        self,
        name: str,
        url: object,
        body: Given | None = None,
        *,
        headers: Given | None = None,
        params: Given | None = None,
        timeout: int = HTTP_TIMEOUT_SECONDS,
        then: str = "",
    ) -> Task:
        """As `http_get`, and the body goes as JSON."""
        config = calls.http(self._flow, "PATCH", url, body, headers, params, timeout)
        return added(self._flow, name, "HTTP_CALL", config, then)

    @declares
    def http_delete(
        self,
        name: str,
        url: object,
        *,
        headers: Given | None = None,
        params: Given | None = None,
        timeout: int = HTTP_TIMEOUT_SECONDS,
        then: str = "",
    ) -> Task:
        """As `http_get`."""
        config = calls.http(self._flow, "DELETE", url, None, headers, params, timeout)
        return added(self._flow, name, "HTTP_CALL", config, then)

    @declares
    def grpc_call(
        self, name: str, service: object, method: object, request: Given | None = None, *, then: str = ""
    ) -> Task:
        """Call a unary method; the service may carry its address: `host:port/package.Service`."""
        config = calls.grpc(self._flow, service, method, request)
        return added(self._flow, name, "GRPC_CALL", config, then)

    @declares
    def call_agent(
        self,
        name: str,
        agent: Agent | str,
        message: object,
        *,
        env: Given | None = None,
        model: str = "",
        timeout: int = AGENT_TIMEOUT_SECONDS,
        temperature: float | None = None,
        scope: str = "",
        then: str = "",
    ) -> Task:
        """Ask an agent and wait: `ask.response` is its answer; and the fields of an object in it.

        If the agent has an output, `ask.output` is that, and the fields of an object are known: a misspelt
        one is a mistake.
        """
        config, shape = calls.agent(self._flow, agent, message, env, model, timeout, temperature, scope)
        return added(self._flow, name, "AGENT_CALL", config, then, shape)

    @declares
    def run(
        self,
        name: str,
        workflow: Workflow | str,
        input: Given | None = None,  # noqa: A002
        *,
        then: str = "",
    ) -> Task:
        """Run another workflow and wait. There, `wf.input` is the input; here, its output is the task's."""
        return added(self._flow, name, "RUN", calls.child(self._flow, workflow, input), then)

    @declares
    def call_activity(
        self,
        name: str,
        activity: Callable[..., Any] | str,
        input: Given | None = None,  # noqa: A002
        *,
        then: str = "",
    ) -> Task:
        """Call a Python function of this project, marked with @activity; the input gives its arguments.

        If the function returns a TypedDict, its fields are known: a misspelt one is a mistake.
        """
        config, shape = calls.activity(self._flow, activity, input)
        return added(self._flow, name, "CALL_ACTIVITY", config, then, shape)
