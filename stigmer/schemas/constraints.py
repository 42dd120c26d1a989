"""What `Annotated` says of a type: a description, and rules such as `Ge(0)` of annotated-types."""

from __future__ import annotations

from typing import Any

from stigmer.schemas.kinds import Definitions, Schema, ValueKind, WrongValueError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Rule = tuple[str, Any]

NUMBERS: dict[str, tuple[str, str, Callable[[Any, Any], bool]]] = {
    "ge": ("minimum", "at least", lambda value, bound: value >= bound),
    "gt": ("exclusiveMinimum", "more than", lambda value, bound: value > bound),
    "le": ("maximum", "at most", lambda value, bound: value <= bound),
    "lt": ("exclusiveMaximum", "less than", lambda value, bound: value < bound),
    "multiple_of": ("multipleOf", "a multiple of", lambda value, bound: value % bound == 0),
}
LENGTHS: dict[str, tuple[str, str, Callable[[int, int], bool]]] = {
    "min_length": ("min", "at least", lambda length, bound: length >= bound),
    "max_length": ("max", "at most", lambda length, bound: length <= bound),
}
SUFFIX = {"string": "Length", "array": "Items", "object": "Properties"}


class Constrained(ValueKind):
    """A kind with a description, and rules beside its type."""

    def __init__(self, kind: ValueKind, description: str, rules: list[Rule]) -> None:
        self.word = kind.word
        self._kind, self._description, self._rules = kind, description, rules

    def schema(self, definitions: Definitions) -> Schema:
        found = self._kind.schema(definitions)
        for name, bound in self._rules:
            if name in NUMBERS:
                found[NUMBERS[name][0]] = bound
            else:
                found[LENGTHS[name][0] + SUFFIX.get(found.get("type", ""), "Length")] = bound
        return {**found, "description": self._description} if self._description else found

    def take(self, value: Any, path: str, *, strict: bool = False) -> Any:
        taken = self._kind.take(value, path, strict=strict)
        for name, bound in self._rules:
            if name in NUMBERS:
                _, word, holds = NUMBERS[name]
                if not holds(taken, bound):
                    raise WrongValueError(path, f"must be {word} {bound}, not {taken}")
            else:
                _, word, long_enough = LENGTHS[name]
                if not long_enough(len(taken), bound):
                    raise WrongValueError(path, f"must be {word} {bound} long, not {len(taken)}")
        return taken


def rules_of(metadata: Iterable[Any]) -> list[Rule]:
    """Objects with such attributes, whichever library they are from."""
    return [
        (name, bound)
        for each in metadata
        if not isinstance(each, str)
        for name in (*NUMBERS, *LENGTHS)
        if (bound := getattr(each, name, None)) is not None
    ]
