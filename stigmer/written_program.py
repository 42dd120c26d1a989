"""A jq program that the user's program wrote by hand: the names in it must be there."""

from __future__ import annotations

from stigmer.errors import DeclarationError, here
from stigmer.jq_paths import paths
from stigmer.shapes import KnownFields, Shape, nearest, shape_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from stigmer.flow import Flow, Step

GIVEN_BY_RUN = ("env_vars", "secrets")  # variables, by name
SHOWN = 60  # characters of a program


class WrittenProgram:
    """What an expression made by `jq(…)`, or a `${ … }` in a text, needs of the workflow it stands in."""

    __slots__ = ("at", "bound", "text")

    def __init__(self, text: str, bound: tuple[str, ...] = ()) -> None:
        self.text = text
        self.bound = bound  # variables of functions around it, such as `$row`
        self.at = here()

    def missing(self, flow: Flow) -> str:
        return next((mistake.message for mistake in self.mistakes(flow)), "")

    def mistakes(self, flow: Flow) -> list[DeclarationError]:
        shown = self.text if len(self.text) <= SHOWN else f"{self.text[:SHOWN]}…"
        found = dict.fromkeys(_wrong_names(self.text, flow))
        return [DeclarationError(f"${{ {shown} }}: {reason}", self.at) for reason in found]

    def use(self, flow: Flow) -> None:
        """The tasks that it names export their outputs, and its variables are remembered."""
        flow.programs.append(self)
        for root, fields in paths(self.text):
            if root == "$context" and (step := flow.steps.get(fields[0])) is not None:
                step.use(flow)


def _wrong_names(program: str, flow: Flow) -> Iterator[str]:
    for root, fields in paths(program):
        match root:
            case "$context":
                yield from _wrong_of_task(fields, flow)
            case "." | "$data" if fields[0] not in GIVEN_BY_RUN:
                yield from _wrong(fields, data_of(flow), "here")
            case "$input" if flow.input is not None:
                yield from _wrong(fields, flow.input, "in the input")


def _wrong_of_task(fields: tuple[str, ...], flow: Flow) -> Iterator[str]:
    name, *rest = fields
    step = flow.steps.get(name)
    if step is None:
        yield f'refers to a task "{name}", and there is none before this place{nearest(name, flow.steps)}'
    elif reason := step.missing(flow):
        yield reason
    else:
        yield from _wrong(tuple(rest), step.shape, f'in the output of "{name}"')


def _wrong(fields: tuple[str, ...], shape: Shape | None, where: str) -> Iterator[str]:
    for name in fields:
        if shape is None:
            return
        if not shape.has(name) and not shape.wrote(name):
            yield f'there is no "{name}" {where}{shape.advice(name)}'
            return
        shape, where = shape.at(name), f'in "{name}"'


def data_of(flow: Flow) -> Shape:
    """What `.` and `$data` hold where a task is added now: values that were set, outputs, items of loops."""
    names: dict[str, object] = dict.fromkeys(GIVEN_BY_RUN)
    for step in flow.steps.values():
        if not step.missing(flow):
            names.update(_bound_by(step))
    for body in flow.open:
        holder = body.holder
        if holder is not None and body.kind == "loop":
            names.update({holder.config["each"]: body.row, "item": body.row, "index": None})
        elif holder is not None and body.kind == "catch":
            names.update({holder.config["catch"]["as"]: None, "error": None})
    return KnownFields(names)


def _bound_by(step: Step) -> dict[str, object]:
    if step.kind == "SET" and isinstance(step.shape, KnownFields):
        return {name: step.shape.at(name) for name in step.shape.given}
    if step.kind in ("WAIT", "RAISE"):
        return {}
    return {step.name: None if step.kind == "FORK" else shape_of(step.shape)}
