"""A task as a value of those after it, and as a place to go on to."""

from __future__ import annotations

from stigmer.errors import DeclarationError
from stigmer.expressions import Expr

TYPE_CHECKING = False
if TYPE_CHECKING:
    from stigmer.flow import Config, Flow, Step
    from stigmer.shapes import Shape

END = "end"
"""`then=END`: the workflow is over.

Example:
    ```python
    greet = Workflow("greet")
    greet.set("answer", text="Hello!", then=END)
    greet.set("never", text="Nobody comes here.")
    # output: {"text": "Hello!"}
    ```
"""


class Task(Expr):
    """A task of a workflow; as a value, its output: `fetch["title"]` or `fetch.title`.

    Example:
        ```python
        greet = Workflow("greet")
        whom: Task = greet.set("whom", first=greet.input.name.strip())
        greet.set("answer", text=f"Hello, {whom.first}!")
        # input: {"name": " Ada "}
        # output: {"text": "Hello, Ada!"}
        ```
    """

    __slots__ = ("_step",)

    def __init__(self, step: Step) -> None:
        super().__init__(f'$context["{step.name}"]', needs=frozenset((step,)), shape=step.shape)
        self._step = step

    def __repr__(self) -> str:
        return f"<task {self._step.name}>"


def added(flow: Flow, name: str, kind: str, config: Config, then: object, shape: Shape | None = None) -> Task:
    """A new task of this workflow; `shape`: what is known of its output. Raises DeclarationError."""
    step = flow.add(name, kind, config, check_then(then))
    step.shape = shape
    return Task(step)


def check_then(then: object) -> str:
    if isinstance(then, Task):
        return then._step.name
    if not isinstance(then, str):
        raise DeclarationError(f"`then` wants the name of a task or END, not {then!r:.60}")
    return then
