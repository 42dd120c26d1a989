"""What is known of the outputs of tasks that hold tasks."""

from __future__ import annotations

from stigmer.shapes import KnownFields, ListOf, Shape, either, later

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from stigmer.flow import Body, Step

# What a caught error tells; the same for every kind.
ERROR = KnownFields(dict.fromkeys(("type", "title", "detail", "status", "task", "message", "timestamp")))


def of_loop(step: Step, items: Shape | None) -> Shape | None:
    """A list of what the last task gave; of an object it would be an object."""
    return ListOf(later(lambda: of_list(step.bodies[0].steps))) if isinstance(items, ListOf) else None


def of_fork(step: Step) -> Shape:
    """What each branch gave, by its name; with compete only the winner's."""
    return later(lambda: KnownFields({body.name: _later_of(body) for body in step.bodies}))


def _later_of(body: Body) -> Shape:
    return later(lambda: of_body(body))


def of_try(step: Step) -> Shape:
    return later(lambda: _one_of(step.bodies))


def of_switch(step: Step) -> Shape:
    """What the case that was taken gave. Where a jump leads nobody can tell here."""
    return later(lambda: _one_of(step.bodies))


def of_body(body: Body) -> Shape | None:
    return of_list(body.steps)


def of_list(steps: Sequence[Step]) -> Shape | None:
    """That of the last task with an output, if it is sure which task that is."""
    if not steps or any(step.then or _jumps(step) for step in steps):
        return None
    last = steps[-1]
    match last.kind:
        case "WAIT":
            return of_list(steps[:-1])
        case "SWITCH" if any(not case.get("when") for case in last.config["cases"]):
            return _one_of(last.bodies)
        case "SWITCH":
            return either([_one_of(last.bodies), of_list(steps[:-1])])
    return last.shape


def _jumps(step: Step) -> bool:
    return step.kind == "SWITCH" and not step.bodies


def _one_of(bodies: Sequence[Body]) -> Shape | None:
    """One that always ends in RAISE gives nothing."""
    ends = [body for body in bodies if not (body.steps and body.steps[-1].kind == "RAISE")]
    return either([of_body(body) for body in ends]) if ends else None
