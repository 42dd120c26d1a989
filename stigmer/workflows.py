"""A workflow: tasks that run one after the other, in loops and branches, and see each other's outputs."""

from __future__ import annotations

from stigmer import project
from stigmer.blocks import Fork, Loop, Switch, Try
from stigmer.calls import Calls
from stigmer.environment import EnvVar, check_variables
from stigmer.errors import DeclarationError, declares, did_you_mean, here
from stigmer.expressions import Expr
from stigmer.names import check_identifier, check_slug, check_task, check_text
from stigmer.steps import Body, Step, Task, check_then
from stigmer.values import Values

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import timedelta

    from stigmer.steps import Config

SIGNAL_MODES = ("one", "all")
SIGNAL_TYPES = ("signal", "query", "update")


class case:  # noqa: N801 -- reads like a keyword where it is used
    """One way out of a switch: `case(order.total > 100, then="review")`."""

    __slots__ = ("name", "then", "when")

    @declares
    def __init__(self, when: object, *, then: str, name: str = "") -> None:
        self.when = when
        self.then = check_then(then)
        self.name = name or self.then


class Workflow(Calls):
    """Declared by its name; each method adds a task and returns it, to be used as a value in later ones."""

    @declares
    def __init__(
        self,
        name: str,
        *,
        description: str = "",
        namespace: str = "default",
        version: str = "0.1.0",
        env: Sequence[EnvVar] = (),
    ) -> None:
        self.place = here()
        if isinstance(name, str) and "/" in name:
            namespace, _, name = name.partition("/")
        self.name = check_slug("workflow", name)
        self.namespace = check_slug("namespace", namespace)
        self.version = check_text("the version", version, empty=False)
        self.description = check_text("the description", description)
        self._variables = check_variables(env)
        self._body = Body("workflow", name=name)
        self._open = [self._body]
        self._steps: dict[str, Step] = {}
        self._calls: set[str] = set()
        self._activities: set[str] = set()
        project.current().add_workflow(self)

    def __repr__(self) -> str:
        return f"<workflow {self.name}>"

    def __getitem__(self, name: str) -> Task:
        """A task that was declared before, by its name."""
        if name not in self._steps:
            raise DeclarationError(
                f'workflow "{self.name}" has no task "{name}"{did_you_mean(name, self._steps)}'
            )
        return Task(self._steps[name])

    @property
    def input(self) -> Expr:
        """What the run was started with: `wf.input.message`, and its metadata."""
        return Expr("$input")

    @declares
    def set(
        self, name: str, variables: Mapping[str, object] | None = None, *, then: str = "", **values: object
    ) -> Task:
        """Compute values: `wf.set("totals", revenue=orders.sum("price"))`; its output is all of them."""
        fields = {**self._values.mapping("the variables", variables), **values}
        if not fields:
            raise DeclarationError(f'the task "{name}" sets nothing; give it values: revenue=…')
        return self._add(name, "SET", {"variables": self._values.variables(fields)}, then)

    @declares
    def switch(self, name: str, *cases: case, default: str = "") -> Switch:
        """Go on elsewhere: `case(total > 100, then="review")`; or, as `with wf.switch(…)`, blocks."""
        for each in cases:
            if not isinstance(each, case):
                raise DeclarationError(f"switch wants case(condition, then=…) items, not {each!r:.60}")
        ways = [
            {"name": each.name, "when": self._values.condition(each.when), "then": each.then}
            for each in cases
        ]
        if default:
            ways.append({"name": "default", "then": check_then(default)})
        return Switch(self._add(name, "SWITCH", {"cases": ways}, "")._step)

    @declares
    def for_each(self, name: str, items: object, *, each: str = "item", then: str = "") -> Loop:
        """`with wf.for_each("each", orders) as order:` the tasks inside run once for each item."""
        check_identifier("the loop variable", each)
        step = self._add(name, "FOR", {"each": each, "in": self._values.collection(items)}, then)._step
        return Loop(step, each)

    @declares
    def fork(self, name: str, *, compete: bool = False, then: str = "") -> Fork:
        """Branches that run at the same time. With compete, the first that ends wins and stops the others."""
        return Fork(self._add(name, "FORK", {"compete": True} if compete else {}, then)._step)

    @declares
    def try_(self, name: str, *, then: str = "") -> Try:
        """Tasks that may fail; `catch()` says what to do then."""
        return Try(self._add(name, "TRY", {}, then)._step)

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
        awaited = [{"id": self._values.text("the signal", signal), "type": type} for signal in signals]
        return self._add(name, "LISTEN", {"to": {"mode": mode, "signals": awaited}}, then)

    @declares
    def wait(self, name: str, seconds: int | timedelta, *, then: str = "") -> Task:
        """Do nothing for so many whole seconds."""
        length = seconds if isinstance(seconds, int) else getattr(seconds, "total_seconds", lambda: 0)()
        if isinstance(seconds, bool) or length < 1 or int(length) != length:
            raise DeclarationError(f"wait takes whole seconds, at least 1, not {seconds!r}")
        return self._add(name, "WAIT", {"seconds": int(length)}, then)

    @declares
    def raise_(self, name: str, error: object, message: object = "") -> Task:
        """Fail, with the kind of error and a message; a try around it can catch that."""
        config = {
            "error": self._values.text("the error", error),
            "message": self._values.text("the message", message or error),
        }
        return self._add(name, "RAISE", config, "")

    @property
    def _values(self) -> Values:
        return Values(self)

    def _add(self, name: str, kind: str, config: Config, then: object) -> Task:
        check_task(name)
        if earlier := self._steps.get(name):
            raise DeclarationError(
                f'workflow "{self.name}" has a task "{name}" already, at {earlier.place}; '
                "each task needs a name of its own, also inside loops and branches"
            )
        body = self._open[-1]
        if not body.kind:
            raise DeclarationError(f'the task "{name}" is directly inside of {body.name}')
        step = Step(self, body, name, kind, config, check_then(then))
        body.steps.append(step)
        self._steps[name] = step
        return Task(step)
