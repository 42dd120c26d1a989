"""A page as steps that can be taken: files to write, commands to type, and what they say."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

FENCE = re.compile(r"^(?P<ticks>```+)(?P<kind>\w*).*?\n(?P<text>.*?)^(?P=ticks)$", re.MULTILINE | re.DOTALL)
NAMED = re.compile(r"`([\w./-]+)`[.:]\s*\Z")  # at the end of what stands above a block
PROGRAM = "main.py"
MADE_UP = (
    (re.compile(r"^running main\.py …$|^.*⏳ starting the agent process$"), ""),  # only the first time
    (re.compile(r"\b([a-z]{3})-[0-9a-hjkmnp-tv-z]{26}\b"), r"\1-ID"),
    (re.compile(r"<?\b\d+(\.\d+)? ?m?s\b"), "TIME"),
    (re.compile(r"\b\d\d:\d\d:\d\d\b"), "CLOCK"),
)


@dataclass(frozen=True, kw_only=True)
class Written:
    """A file that the reader writes."""

    name: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A command and what stands below it; without a command, what the one before says next."""

    command: str
    lines: tuple[str, ...]


Step = Written | Shown


def sections(text: str) -> Iterator[tuple[str, list[Step]]]:
    """Each `## …` of a page, with its steps. What stands above the first has no title."""
    title, *rest = re.split(r"^## (.*)$", text, flags=re.MULTILINE)
    yield "", steps(title)
    for name, part in zip(rest[::2], rest[1::2], strict=True):
        yield name.strip("`"), steps(part)


def steps(text: str) -> list[Step]:
    """A block of Python without a name is the program; other blocks without one are for reading only."""
    found: list[Step] = []
    end = 0
    for block in FENCE.finditer(text):
        above = NAMED.search(text[end : block.start()])
        end = block.end()
        if block["kind"] == "console":
            found += _typed(block["text"])
        elif block["kind"] == "text":
            found.append(Shown(command="", lines=tuple(block["text"].splitlines())))
        elif above or block["kind"] == "python":
            found.append(Written(name=above[1] if above else PROGRAM, text=block["text"]))
    return found


def _typed(session: str) -> Iterator[Shown]:
    for part in re.split(r"^\$ ", session, flags=re.MULTILINE)[1:]:
        command, *lines = part.split("\n")
        yield Shown(command=command, lines=tuple(lines))


def plain(line: str) -> str:
    """The line without what differs from run to run."""
    for pattern, word in MADE_UP:
        line = pattern.sub(word, line)
    return line.rstrip()


def parts(shown: Iterable[str]) -> list[list[str]]:
    """The lines that stand one below the other; `…` is for lines left out."""
    groups = groupby(filter(None, map(plain, shown)), lambda line: line == "…")
    return [list(lines) for left_out, lines in groups if not left_out]


def follows(said: list[str], part: list[str]) -> bool:
    return any(said[at : at + len(part)] == part for at in range(len(said)))


def missing(said: str, shown: Iterable[str]) -> list[list[str]]:
    """What is shown and was not said."""
    lines = list(filter(None, map(plain, said.splitlines())))
    return [part for part in parts(shown) if not follows(lines, part)]
