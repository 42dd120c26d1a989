"""Which files count by their name alone? Most: no pattern can match them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from devloop.ignore.pattern import MatchKind, Pattern


class NameFilter:
    """Lets a name through that no pattern can match, wherever the file is."""

    def __init__(self, patterns: Iterable[Pattern], names: Iterable[str]) -> None:
        of: dict[MatchKind, list[str]] = {kind: [] for kind in MatchKind}
        for pattern in patterns:
            of[pattern.kind].append(pattern.text)
        # What a path is compared with ends with the name of the file.
        self._names = frozenset(
            [*names, *of[MatchKind.NAME], *(path.rpartition("/")[2] for path in of[MatchKind.PATH])]
        )
        self._suffixes = tuple(of[MatchKind.SUFFIX])
        regexes = "|".join(f"(?:{source})" for source in of[MatchKind.NAME_REGEX])
        self._regex = re.compile(regexes, re.DOTALL) if regexes else None
        self._nothing_through = bool(of[MatchKind.PATH_REGEX])

    def lets_through(self, name: str) -> bool:
        return not (
            self._nothing_through
            or name in self._names
            or name.endswith(self._suffixes)
            or not name.isascii()
            or (self._regex is not None and self._regex.fullmatch(name) is not None)
        )
