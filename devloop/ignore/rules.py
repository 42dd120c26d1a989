"""Which line of an ignore file decides about a path? The last that matches."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from devloop.ignore.pattern import WILD, LineWarning, MatchKind, Pattern, parse
from devloop.ignore.wildmatch import lower


@dataclass(frozen=True, slots=True)
class Reason:
    """The line that makes a path not count."""

    file: str
    line: int
    pattern: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.pattern}" if self.line else f"{self.file}: {self.pattern}"


class Rules:
    """The patterns of one file."""

    def __init__(self, file: str, content: str, *, fold: bool = False) -> None:
        parsed = list(parse(content, fold))
        patterns = [line for line in parsed if isinstance(line, Pattern)]
        self.file = file
        self.fold = fold
        self.warnings = tuple(LineWarning(file, *line) for line in parsed if not isinstance(line, Pattern))
        self.of_directories = Matcher(patterns)
        self.of_files = Matcher(pattern for pattern in patterns if not pattern.only_directories)
        opened = {directory for pattern in patterns for directory in opened_by(pattern, fold)}
        self._opened_trees = tuple(directory for directory in opened if directory.endswith("/"))
        self._opened = frozenset(opened)

    def __bool__(self) -> bool:
        """Whether there is any pattern."""
        return bool(self.of_directories)

    def opens(self, directory: str) -> bool:
        """Whether a pattern may bring something back that is below this directory."""
        return directory in self._opened or directory.startswith(self._opened_trees)

    def reason(self, pattern: Pattern) -> Reason:
        return Reason(self.file, pattern.line, pattern.source.encode("latin-1").decode(errors="replace"))


def opened_by(pattern: Pattern, fold: bool) -> Iterator[str]:
    """The directories above what a pattern brings back; with a slash at the end: all below it, too.

    `!build/a/*.md` opens `build` and `build/a`; `!build/**/a.md` opens `build` and `build/`.
    """
    if not pattern.negative:
        return
    body = pattern.source[1:].removeprefix("/").removesuffix("/")
    plain = WILD.split(body, maxsplit=1)[0]
    parts = (lower(plain) if fold else plain).split("/")[:-1]
    for count in range(1, len(parts) + 1):
        yield "/".join(parts[:count])
    if parts and "/" in body[len(plain) :]:
        yield "/".join(parts) + "/"


class Matcher:
    """Finds the last pattern that matches; fast where none does."""

    def __init__(self, patterns: Iterable[Pattern]) -> None:
        self.patterns = tuple(patterns)
        self._names = self._positions(MatchKind.NAME)
        self._paths = self._positions(MatchKind.PATH)
        self._suffixes = tuple(self._positions(MatchKind.SUFFIX))
        self._name_regex = self._any_of(MatchKind.NAME_REGEX)
        self._path_regex = self._any_of(MatchKind.PATH_REGEX)
        self._compiled: dict[str, re.Pattern[str]] = {}

    def __bool__(self) -> bool:
        return bool(self.patterns)

    def last(self, name: str, path: str) -> Pattern | None:
        """The last pattern that matches.

        Args:
            name: the last component.
            path: as seen from the directory of the file.
        """
        best = self._names.get(name, -1)
        if self._paths:
            best = max(best, self._paths.get(path, -1))
        if self._suffixes and name.endswith(self._suffixes):
            best = self._later(best, MatchKind.SUFFIX, name)
        if self._name_regex and self._name_regex.fullmatch(name):
            best = self._later(best, MatchKind.NAME_REGEX, name)
        if self._path_regex and self._path_regex.fullmatch(path):
            best = self._later(best, MatchKind.PATH_REGEX, path)
        return self.patterns[best] if best >= 0 else None

    def _later(self, best: int, kind: MatchKind, text: str) -> int:
        """The last position after `best` where a pattern of this kind matches."""
        for position in range(len(self.patterns) - 1, best, -1):
            pattern = self.patterns[position]
            if pattern.kind is kind and self._matches(pattern, text):
                return position
        return best

    def _positions(self, kind: MatchKind) -> dict[str, int]:
        return {pattern.text: index for index, pattern in enumerate(self.patterns) if pattern.kind is kind}

    def _any_of(self, kind: MatchKind) -> re.Pattern[str] | None:
        sources = self._positions(kind)
        return re.compile("|".join(f"(?:{source})" for source in sources), re.DOTALL) if sources else None

    def _matches(self, pattern: Pattern, text: str) -> bool:
        if pattern.kind is MatchKind.SUFFIX:
            return text.endswith(pattern.text)
        regex = self._compiled.get(pattern.text)
        if regex is None:
            regex = self._compiled[pattern.text] = re.compile(pattern.text, re.DOTALL)
        return regex.fullmatch(text) is not None
