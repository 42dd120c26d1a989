"""All that a program has declared so far, in its order."""

from __future__ import annotations

from stigmer.errors import DeclarationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar

    from stigmer.interfaces import Named, Need

    Declared = TypeVar("Declared", bound=Named)


class Declarations:
    """What was declared, by kind and name; a kind has a name once."""

    __slots__ = ("_declared", "mistakes", "written")

    def __init__(self) -> None:
        self.mistakes: list[DeclarationError] | None = None  # None: the first one ends the program
        self._declared: dict[type, dict[str, Any]] = {}
        # An f-string keeps only the text of an expression: what it needs is found again by that text.
        self.written: dict[str, list[frozenset[Need]]] = {}

    def add(self, kind: type[Declared], what: str, declared: Declared) -> Declared:
        """`what` is the word for its kind: "an agent". Raises DeclarationError for a name that is taken."""
        known = self.of(kind)
        if earlier := known.get(declared.name):
            raise DeclarationError(f'there is {what} "{declared.name}" already, at {earlier.place}')
        known[declared.name] = declared
        return declared

    def of(self, kind: type[Declared]) -> dict[str, Declared]:
        """By name, in the order of the program."""
        return self._declared.setdefault(kind, {})

    def mistaken(self, mistake: DeclarationError) -> None:
        """One with which the program can go on to its next. Raises it where nobody collects them."""
        if self.mistakes is None:
            raise mistake
        self.mistakes.append(mistake)


_current = Declarations()


def current() -> Declarations:
    return _current


def begin() -> Declarations:
    """Forget what was declared; what comes now belongs to a new project."""
    global _current
    _current = Declarations()
    return _current
