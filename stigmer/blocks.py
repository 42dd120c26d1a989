"""Tasks that hold tasks: loops, branches, try and catch, the cases of a switch."""

from __future__ import annotations

from stigmer.errors import DeclarationError, declares
from stigmer.expressions import Expr
from stigmer.flow import Body, Inside, Step
from stigmer.names import check_identifier, check_task
from stigmer.outcomes import ERROR, of_fork, of_loop, of_switch, of_try
from stigmer.steps import Task
from stigmer.values import Values

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType

    from stigmer.shapes import Shape


class Block:
    """`with …:` the tasks declared inside belong to this list."""

    __slots__ = ("_body", "_given", "_step")

    def __init__(self, step: Step, body: Body, given: Expr | None = None) -> None:
        self._step = step
        self._body = body
        self._given = given

    def __enter__(self) -> Expr:
        self._step.flow.enter(self._body)
        return self._given if self._given is not None else Expr("null")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._step.flow.leave(self._body, failed=kind is not None)


class Loop(Task):
    """`with wf.for_each("each", orders) as order:`; as a value, what the last task gave, as a list."""

    __slots__ = ("_item",)

    def __init__(self, step: Step, each: str, items: Shape | None = None) -> None:
        step.shape = of_loop(step, items)
        super().__init__(step)
        body = Body("loop", name=step.name, holder=step, parent=step.body)
        body.row = items.row() if items is not None else None
        step.bodies.append(body)
        self._item = Expr(
            f".{each}",
            needs=frozenset((Inside(body, f'the item "{each}"'),)),
            shape=body.row,
        )

    @property
    def index(self) -> Expr:
        """The number of the round, from 0; inside the loop."""
        body = self._step.bodies[0]
        return Expr(".index", needs=frozenset((Inside(body, "the index"),)))

    def __enter__(self) -> Expr:
        self._step.flow.enter(self._step.bodies[0])
        return self._item

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._step.flow.leave(self._step.bodies[0], failed=kind is not None)


class Fork(Task):
    """`with wf.fork("both") as both: with both.branch("a"): …`; as a value, `both["a"]` is what `a` gave."""

    __slots__ = ("_shell",)

    def __init__(self, step: Step) -> None:
        step.shape = of_fork(step)
        super().__init__(step)
        self._shell = Body("", name=f'fork "{step.name}": use `with {step.name}.branch("…"):`', holder=step)

    @declares
    def branch(self, name: str) -> Block:
        """The tasks of one branch; `fork["name"]` is its output."""
        check_task(name)
        if any(body.name == name for body in self._step.bodies):
            raise DeclarationError(f'the fork "{self._step.name}" has a branch "{name}" already')
        body = Body("branch", name=name, holder=self._step, parent=self._step.body)
        self._step.bodies.append(body)
        return Block(self._step, body)

    def __enter__(self) -> Fork:
        self._step.flow.enter(self._shell)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._step.flow.leave(self._shell, failed=kind is not None)


class Try(Task):
    """`with wf.try_("guard") as guard: …` and then `with guard.catch() as error: …`"""

    __slots__ = ()

    def __init__(self, step: Step) -> None:
        step.shape = of_try(step)
        super().__init__(step)
        step.bodies.append(Body("try", name=step.name, holder=step, parent=step.body))

    @declares
    def catch(self, name: str = "error") -> Block:
        """What to do instead when a task inside has failed; `error.message` says why."""
        check_identifier("the name of the error", name)
        step = self._step
        if len(step.bodies) > 1:
            raise DeclarationError(f'the try "{step.name}" has a catch already, at {step.bodies[1].place}')
        body = Body("catch", name=step.name, holder=step, parent=step.body)
        step.bodies.append(body)
        step.config = {"catch": {"as": name}}
        needs = frozenset((Inside(body, f'the error "{name}"'),))
        return Block(step, body, Expr(f".{name}", needs=needs, shape=ERROR))

    def __enter__(self) -> Try:
        self._step.flow.enter(self._step.bodies[0])
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._step.flow.leave(self._step.bodies[0], failed=kind is not None)


class Switch(Task):
    """`with wf.switch("route") as route: with route.case(order.total > 100): … with route.default(): …`

    As a value, behind its cases: what the last task of the case that was taken gave, `route.by`.
    """

    __slots__ = ("_shell",)

    def __init__(self, step: Step) -> None:
        step.shape = of_switch(step)
        super().__init__(step)
        self._shell = Body("", name=f'switch "{step.name}": use `with {step.name}.case(…):`', holder=step)

    @declares
    def case(self, when: object, *, name: str = "") -> Block:
        """The tasks for the first condition that holds."""
        step = self._step
        condition = Values(step.flow).condition(when)
        return self._block(name or f"case-{len(step.bodies) + 1}", condition)

    def default(self) -> Block:  # type: ignore[override]  # a field called so is `route["default"]`
        """The tasks for when no condition holds."""
        return self._block("default", "")

    def _block(self, name: str, condition: str) -> Block:
        step = self._step
        cases = step.config["cases"]
        if not any(body is self._shell for body in step.flow.open):
            raise DeclarationError(f'a case belongs inside of `with wf.switch("{step.name}") as …:`')
        if any(not case.get("when") for case in cases):
            raise DeclarationError(
                f'the switch "{step.name}" has its default already; it comes last, and once'
            )
        cases.append({"name": name, "when": condition} if condition else {"name": name})
        body = Body("case", name=name, holder=step, parent=step.body)
        step.bodies.append(body)
        return Block(step, body)

    def __enter__(self) -> Switch:
        if self._step.config["cases"]:
            raise DeclarationError(f'the switch "{self._step.name}" has jumps; it cannot have blocks as well')
        self._step.flow.enter(self._shell)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._step.flow.leave(self._shell, failed=kind is not None)
