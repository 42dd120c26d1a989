"""The tasks of a workflow as they are declared: a tree of lists."""

from __future__ import annotations

from stigmer.errors import DeclarationError, Place, here
from stigmer.expressions import Expr

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from stigmer.workflows import Workflow

    Config = dict[str, Any]  # what json.dumps takes

END = "end"  # `then=END`: the workflow is over


class Body:
    """A list of tasks: the workflow's own, or one inside a loop, a branch, a try."""

    __slots__ = ("holder", "kind", "name", "parent", "place", "steps")

    def __init__(
        self, kind: str, *, name: str = "", holder: Step | None = None, parent: Body | None = None
    ) -> None:
        self.kind = kind  # "workflow", "loop", "branch", "try", "catch", "case", "" (holds no tasks itself)
        self.name = name
        self.holder = holder
        self.parent = parent
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

    __slots__ = ("bodies", "body", "config", "kind", "name", "place", "referenced", "then", "workflow")

    def __init__(
        self, workflow: Workflow, body: Body, name: str, kind: str, config: Config, then: str
    ) -> None:
        self.workflow = workflow
        self.body = body
        self.name = name
        self.kind = kind  # `HTTP_CALL`
        self.config = config
        self.then = then
        self.bodies: list[Body] = []
        self.referenced = False
        self.place: Place = here()

    def missing(self, workflow: Workflow) -> str:
        if self.workflow is not workflow:
            return (
                f'the task "{self.name}" belongs to workflow "{self.workflow.name}", '
                f'not to "{workflow.name}"; pass it on with wf.run(…, input=…)'
            )
        if any(body.holder is self for body in workflow._open):
            return f'the task "{self.name}" has no output yet: this is inside of it'
        body = self.body
        while body not in workflow._open and body.transparent and body.parent is not None:
            if body.kind == "case" and any(other.holder is body.holder for other in workflow._open):
                return f'the task "{self.name}" is in another case of the same switch, so it has not run'
            body = body.parent
        if body in workflow._open:
            return ""
        holder = body.holder.name if body.holder else body.name
        return (
            f'the task "{self.name}" is inside {body.title} and not seen outside of it; '
            f'use the output of "{holder}"'
        )

    def use(self, workflow: Workflow) -> None:
        self.referenced = True


class Task(Expr):
    """A task of a workflow; as a value, its output: `fetch["title"]` or `fetch.title`."""

    __slots__ = ("_step",)

    def __init__(self, step: Step) -> None:
        super().__init__(f'$context["{step.name}"]', needs=frozenset((step,)))
        self._step = step

    def __repr__(self) -> str:
        return f"<task {self._step.name}>"


class Inside:
    """A value that exists only inside one list of tasks: a loop's item, a caught error."""

    __slots__ = ("body", "what")

    def __init__(self, body: Body, what: str) -> None:
        self.body = body
        self.what = what

    def missing(self, workflow: Workflow) -> str:
        return "" if self.body in workflow._open else f"{self.what} exists only inside {self.body.title}"

    def use(self, workflow: Workflow) -> None:
        """Nothing to note."""


def check_then(then: object) -> str:
    if isinstance(then, Task):
        return then._step.name
    if not isinstance(then, str):
        raise DeclarationError(f"`then` wants the name of a task or END, not {then!r:.60}")
    return then
