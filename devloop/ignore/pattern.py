"""What does one line of a .gitignore say?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from devloop.ignore.wildmatch import NeverMatchesError, lower, translate

WILD = re.compile(r"[*?\[\\]")
_BOM = "\xef\xbb\xbf"  # as latin-1


@dataclass(frozen=True, slots=True)
class LineWarning:
    """A line that does nothing."""

    file: str
    line: int  # 0: all of it
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}" if self.line else f"{self.file}: {self.text}"


class MatchKind(Enum):
    """How a pattern is compared; the quick ways first."""

    NAME = auto()  # the name is `text`
    SUFFIX = auto()  # the name ends with `text`
    NAME_REGEX = auto()
    PATH = auto()  # the path from the file's directory is `text`
    PATH_REGEX = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """One line of an ignore file."""

    line: int
    source: str  # as written, without the blanks at the end
    negative: bool
    only_directories: bool
    kind: MatchKind
    text: str


def parse(content: str, fold: bool) -> Iterator[Pattern | tuple[int, str]]:
    """The patterns of a file; (line, why) for a line that can match nothing."""
    for number, raw in enumerate(content.removeprefix(_BOM).split("\n"), 1):
        if raw and raw[0] != "#":
            line = _trimmed(raw.removesuffix("\r").partition("\0")[0])
            if line:
                yield _pattern(number, line, fold)


def _trimmed(line: str) -> str:
    """Without the spaces at the end, unless a backslash stands before them."""
    bare = line.rstrip(" ")
    backslashes = len(bare) - len(bare.rstrip("\\"))
    return bare + " " if backslashes % 2 and bare != line else bare


def _pattern(number: int, line: str, fold: bool) -> Pattern | tuple[int, str]:
    negative = line[0] == "!"
    body = line[negative:]
    only_directories = body.endswith("/")
    body = body.removesuffix("/")
    if body in ("", "/"):
        return number, f"{line} matches nothing"
    try:
        kind, text = _path(body.removeprefix("/"), fold) if "/" in body else _name(body, fold)
    except NeverMatchesError as error:
        return number, str(error)
    return Pattern(
        line=number,
        source=line,
        negative=negative,
        only_directories=only_directories,
        kind=kind,
        text=text,
    )


def _name(body: str, fold: bool) -> tuple[MatchKind, str]:
    """A pattern without a slash is compared with names, at any depth."""
    if not WILD.search(body):
        return MatchKind.NAME, lower(body) if fold else body
    if body[0] == "*" and not WILD.search(body, 1):
        return MatchKind.SUFFIX, lower(body[1:]) if fold else body[1:]
    return MatchKind.NAME_REGEX, translate(body, pathname=False, fold=fold)


def _path(body: str, fold: bool) -> tuple[MatchKind, str]:
    """Git compares what is before the first wildcard as it stands: `a**/b` is `a`, then `**/b`."""
    wild = WILD.search(body)
    start = wild.start() if wild else len(body)
    plain = lower(body[:start]) if fold else body[:start]
    if not wild:
        return MatchKind.PATH, plain
    return MatchKind.PATH_REGEX, re.escape(plain) + translate(body[start:], pathname=True, fold=fold)
