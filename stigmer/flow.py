"""A workflow while it is declared: a tree of lists of tasks, and which of them are open."""

from __future__ import annotations

from stigmer.errors import DeclarationError, SourcePlace, did_you_mean, here
from stigmer.names import check_task

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from stigmer.shapes import Shape
    from stigmer.variables import EnvVar

    Config = dict[str, Any]  # what json.dumps takes


class Flow:
    """The tasks of one workflow by name, the lists that are open, and what they call and use."""

    __slots__ = (
        "activities",
        "body",
        "calls",
        "input",
        "name",
        "named",
        "open",
        "programs",
        "steps",
        "variables",
    )

    def __init__(self, name: str, variables: dict[str, EnvVar]) -> None:
        self.name = name
        self.body = Body("workflow", name=name)
        self.open = [self.body]
        self.steps: dict[str, Step] = {}
        self.variables = variables
        self.calls: set[str] = set()  # `agent:critic`, `workflow:other`, of the same project
        self.activities: set[str] = set()
        self.named: list[NamedCall] = []  # others that it calls by their names
        self.programs: list[Any] = []  # jq written by hand
        self.input: Shape | None = None  # what is known of what a run is given

    def add(self, name: str, kind: str, config: Config, then: str) -> Step:
        """A task at the end of the list that is open. Raises DeclarationError."""
        check_task(name)
        if earlier := self.steps.get(name):
            raise DeclarationError(
                f'workflow "{self.name}" has a task "{name}" already, at {earlier.place}; '
                "each task needs a name of its own, also inside loops and branches"
            )
        body = self.open[-1]
        if not body.kind:
            raise DeclarationError(f'the task "{name}" is directly inside of {body.name}')
        step = Step(self, body, name, kind, config, then)
        body.steps.append(step)
        self.steps[name] = step
        return step

    def step(self, name: str) -> Step:
        """A task that was declared before. Raises DeclarationError."""
        if name not in self.steps:
            raise DeclarationError(
                f'workflow "{self.name}" has no task "{name}"{did_you_mean(name, self.steps)}'
            )
        return self.steps[name]

    def enter(self, body: Body) -> None:
        """Tasks that are added now belong to this list. Raises DeclarationError."""
        if body.steps or body in self.open:
            raise DeclarationError(f"the tasks of {body.title} are declared already")
        self.open.append(body)

    def leave(self, body: Body, *, failed: bool) -> None:
        """Raises DeclarationError for a list that stayed empty."""
        self.open.remove(body)
        if failed or body.steps or not body.kind:
            return
        raise DeclarationError(f"{body.title} has no tasks", body.place)


class NamedCall:
    """Something that a task calls by its name: an agent, a workflow, an activity."""

    __slots__ = ("kind", "name", "place")

    def __init__(self, kind: str, name: str) -> None:
        self.kind = kind
        self.name = name
        self.place = here()


class Body:
    """A list of tasks: the workflow's own, or one inside a loop, a branch, a try."""

    __slots__ = ("holder", "kind", "name", "parent", "place", "row", "steps")

    def __init__(
        self, kind: str, *, name: str = "", holder: Step | None = None, parent: Body | None = None
    ) -> None:
        self.kind = kind  # "workflow", "loop", "branch", "try", "catch", "case", "" (holds no tasks itself)
        self.name = name
        self.holder = holder
        self.parent = parent
        self.row: Shape | None = None  # what is known of a loop's item
        self.place = here()
        self.steps: list[Step] = []

    @property
    def transparent(self) -> bool:
        """Are its results seen after it? Loops and branches work on copies."""
        return self.kind in ("try", "catch", "case")

    @property
    def title(self) -> str:
        return f'{self.kind} "{self.name}"'


class Step:
    """One task as declared."""

    __slots__ = ("bodies", "body", "config", "flow", "kind", "name", "place", "referenced", "shape", "then")

    def __init__(self, flow: Flow, body: Body, name: str, kind: str, config: Config, then: str) -> None:
        self.flow = flow
        self.body = body
        self.name = name
        self.kind = kind  # `HTTP_CALL`
        self.config = config
        self.then = then
        self.bodies: list[Body] = []
        self.referenced = False
        self.shape: Shape | None = None  # what is known of its output
        self.place: SourcePlace = here()

    def missing(self, flow: Flow) -> str:
        if self.flow is not flow:
            return (
                f'the task "{self.name}" belongs to workflow "{self.flow.name}", '
                f'not to "{flow.name}"; pass it on with wf.run(…, input=…)'
            )
        if any(body.holder is self for body in flow.open):
            return f'the task "{self.name}" has no output yet: this is inside of it'
        body = self.body
        while body not in flow.open and body.transparent and body.parent is not None:
            if body.kind == "case" and any(other.holder is body.holder for other in flow.open):
                return f'the task "{self.name}" is in another case of the same switch, so it has not run'
            body = body.parent
        if body in flow.open:
            return ""
        holder = body.holder.name if body.holder else body.name
        return (
            f'the task "{self.name}" is inside {body.title} and not seen outside of it; '
            f'use the output of "{holder}"'
        )

    def use(self, flow: Flow) -> None:
        self.referenced = True


class Inside:
    """A value that exists only inside one list of tasks: a loop's item, a caught error."""

    __slots__ = ("body", "what")

    def __init__(self, body: Body, what: str) -> None:
        self.body = body
        self.what = what

    def missing(self, flow: Flow) -> str:
        return "" if self.body in flow.open else f"{self.what} exists only inside {self.body.title}"

    def use(self, flow: Flow) -> None:
        """Nothing to note."""
