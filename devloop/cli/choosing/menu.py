"""The choices that match what was typed, the one that is pointed at, and those that there is room for."""

from __future__ import annotations

from collections.abc import Sequence

from runcmd.frozen import Frozen
from runcmd.resolve import Candidate


class Window(Frozen):
    """What is shown of the matches."""

    rows: tuple[Candidate, ...]
    above: int  # so many more
    below: int


class Menu:
    """Never empty; what was typed may match nothing."""

    def __init__(self, candidates: Sequence[Candidate]) -> None:
        self._candidates = list(candidates)
        self.typed = ""
        self.matches = self._candidates
        self._at = 0

    @property
    def pointed(self) -> Candidate | None:
        """None: nothing matches."""
        return self.matches[self._at] if self.matches else None

    def type(self, text: str) -> None:
        """Narrows the choices to those that have each word in their kind, name or description."""
        self._filter(self.typed + "".join(each for each in text if each.isprintable()))

    def erase(self) -> None:
        """The last character."""
        self._filter(self.typed[:-1])

    def clear(self) -> None:
        """All that was typed."""
        self._filter("")

    def move(self, rows: int) -> None:
        """Up or down, and from one end to the other."""
        if self.matches:
            self._at = (self._at + rows) % len(self.matches)

    def jump(self, rows: int) -> None:
        """The same, but not beyond an end."""
        self._at = max(0, min(self._at + rows, len(self.matches) - 1))

    def window(self, height: int) -> Window:
        """Around the one that is pointed at, in at most so many lines; two of them say what is left out."""
        count = len(self.matches)
        if count <= height:
            return Window(rows=tuple(self.matches), above=0, below=0)
        rows = max(1, height - 2)
        start = max(0, min(self._at - rows // 2, count - rows))
        return Window(rows=tuple(self.matches[start : start + rows]), above=start, below=count - start - rows)

    def _filter(self, typed: str) -> None:
        self.typed = typed
        words = typed.casefold().split()
        named = [each for each in self._candidates if _has(_names(each), words)]
        others = [
            each
            for each in self._candidates
            if each not in named and _has(f"{_names(each)} {each.description}".casefold(), words)
        ]
        self.matches = named + others
        self._at = 0


def _names(candidate: Candidate) -> str:
    return f"{candidate.kind.title} {candidate.name} {candidate.slug}".casefold()


def _has(text: str, words: Sequence[str]) -> bool:
    return all(word in text for word in words)
