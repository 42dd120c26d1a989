"""What differs between two texts: their lines beside each other, with the words that differ."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import NamedTuple

WORDS = re.compile(r"\s+|\w+|[^\w\s]")
MOST_WORDS = 2000  # of a line; a longer one differs as a whole
MOST_LINES = 5000  # of a text
ALIKE = 0.3  # lines with less in common are not compared word by word


class Piece(NamedTuple):
    """A part of a line."""

    text: str
    differs: bool


Line = tuple[Piece, ...]


class LinePair(NamedTuple):
    """A line of each text; None: the other one has more."""

    before: Line | None
    after: Line | None

    @property
    def same(self) -> bool:
        """Nothing differs."""
        return self.before == self.after


def rows(before: str, after: str) -> list[LinePair]:
    """All lines of both, in their order."""
    old, new = before.splitlines(), after.splitlines()
    found: list[LinePair] = []
    if max(len(old), len(new)) > MOST_LINES:
        return [_pair(*pair) for pair in zip_longest(old, new)]
    for how, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if how == "equal":
            found += [LinePair(_whole(line, differs=False), _whole(line, differs=False)) for line in old[a:b]]
        else:
            found += [_pair(*pair) for pair in zip_longest(old[a:b], new[c:d])]
    return found


def differing_words(before: str, after: str) -> tuple[int, int]:
    """How many words of `after` are not in `before` at their place, and how many it has."""
    new = [row.after for row in rows(before, after) if row.after is not None]
    differ = sum(_count(piece.text) for line in new for piece in line if piece.differs)
    return differ, _count(after)


def _pair(old: str | None, new: str | None) -> LinePair:
    if old is None or new is None:
        return LinePair(
            None if old is None else _whole(old, differs=True),
            None if new is None else _whole(new, differs=True),
        )
    old_words, new_words = WORDS.findall(old), WORDS.findall(new)
    matcher = SequenceMatcher(None, old_words, new_words, autojunk=False)
    if max(len(old_words), len(new_words)) > MOST_WORDS or matcher.ratio() < ALIKE:
        same = old == new
        return LinePair(_whole(old, differs=not same), _whole(new, differs=not same))
    before: list[Piece] = []
    after: list[Piece] = []
    for how, a, b, c, d in matcher.get_opcodes():
        _add(before, old_words[a:b], differs=how != "equal")
        _add(after, new_words[c:d], differs=how != "equal")
    return LinePair(tuple(before), tuple(after))


def _add(pieces: list[Piece], words: Sequence[str], *, differs: bool) -> None:
    if words:
        pieces.append(Piece("".join(words), differs))


def _whole(line: str, *, differs: bool) -> Line:
    return (Piece(line, differs),)


def _count(text: str) -> int:
    return len(text.split())
