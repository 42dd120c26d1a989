"""A field that a value cannot have, from where it is written to where it is used."""

from __future__ import annotations

from stigmer.errors import DeclarationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from stigmer.errors import SourcePlace
    from stigmer.flow import Flow
    from stigmer.shapes import Shape

SPEAKABLE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.")


class WrongField:
    """What an expression with such a field needs, and never has."""

    __slots__ = ("_name", "_owner", "_shape", "at")

    def __init__(self, owner: str, name: str, shape: Shape, at: SourcePlace | None) -> None:
        self._owner = owner
        self._name = name
        self._shape = shape
        self.at = at  # None: where it is used

    def missing(self, flow: Flow) -> str:
        if self._shape.has(self._name) or self._shape.wrote(self._name):
            return ""
        return f'{spoken(self._owner)} has no field "{self._name}"{self._shape.advice(self._name)}'

    def mistakes(self, flow: Flow) -> list[DeclarationError]:
        reason = self.missing(flow)
        return [DeclarationError(reason, self.at)] if reason else []

    def use(self, flow: Flow) -> None:
        """Nothing to note."""


def spoken(jq: str) -> str:
    """`$context["greet"].lines` as the program may have written it: "greet.lines"."""
    task = jq.startswith("$context[")
    name = jq.removeprefix('$context["').replace('"]', "", 1) if task else jq.lstrip("$.")
    return f'"{name}"' if name and set(name) <= SPEAKABLE else "the value"
