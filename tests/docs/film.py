"""A command in a terminal, and what its screen shows: as rows of styled cells, the same at each run."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pexpect
import pyte

from tests.support.poll import PATIENCE_SECONDS
from tests.support.world import World

COLUMNS, ROWS = 100, 150  # so high that nothing scrolls away
LOOK_SECONDS = 0.05
AS_PICTURE = "\ufe0f"  # asks for a picture of the sign before it; pyte then drops the rest of the line
HOME = "/home/ada"
# What differs from run to run, and rows that are there on a slow machine only.
MADE_UP = (
    (re.compile(r"\b([a-z]{3})-[0-9a-hjkmnp-tv-z]{26}\b"), r"\1-01m84cngpr21y8jack3mfy4gew"),
    (re.compile(r"<?\b\d+(\.\d+)? ?m?s\b"), "12ms"),
    (re.compile(r"\b\d\d:\d\d:\d\d\b"), "14:02:11"),
    (re.compile(r"[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]"), "⠋"),
)
LEFT_OUT = re.compile(r"^running main\.py …$|^main\.py changed$|⏳ starting the agent process$")


@dataclass(frozen=True)
class Cell:
    """One place of the screen; what is wide takes two, of which the second is empty."""

    text: str
    colour: str = "default"
    bold: bool = False
    dim: bool = False


Row = tuple[Cell, ...]


class Film:
    """A command that is typed, and frames of what it shows."""

    def __init__(self, world: World, child: pexpect.spawn[str], typed: str) -> None:
        self._world = world
        self._child = child
        self._screen = pyte.Screen(COLUMNS, ROWS)
        self._stream = pyte.Stream(self._screen)
        self._prompt = tuple(Cell(letter) for letter in f"$ {typed}")

    @property
    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self._screen.display).rstrip()

    def until(self, seen: Callable[[str], bool], what: str) -> None:
        """Reads until the screen shows it."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not seen(self.text):
            assert time.monotonic() < deadline, f"no {what} on the screen:\n{self.text}"
            try:
                said = self._child.read_nonblocking(1 << 16, LOOK_SECONDS)
            except pexpect.TIMEOUT:
                continue
            except pexpect.EOF:
                assert seen(self.text), f"ended without {what}:\n{self.text}"
            else:
                self._stream.feed(said.replace(AS_PICTURE, ""))

    def frame(self) -> list[Row]:
        """The prompt and the screen, without empty rows at the end."""
        rows = [self._row(number) for number in range(ROWS)]
        while rows and not "".join(cell.text for cell in rows[-1]).strip():
            rows.pop()
        return [self._prompt, *(row for row in rows if not LEFT_OUT.search(text_of(row)))]

    def _row(self, number: int) -> Row:
        line = self._screen.buffer[number]
        cells = [Cell(each.data, each.fg, each.bold) for each in (line[column] for column in range(COLUMNS))]
        return normal(cells, str(self._world.dir))


def normal(cells: Sequence[Cell], home: str) -> Row:
    """Without what differs from run to run; what stands in its place is styled like its beginning."""
    found = list(cells)
    for pattern, word in ((re.compile(re.escape(home)), HOME), *MADE_UP):
        texts = [cell.text or "\0" for cell in found]  # as long as the row has cells
        if any(len(text) != 1 for text in texts):
            continue  # signs of several characters: nothing to replace there
        for match in reversed(list(pattern.finditer("".join(texts)))):
            style = found[match.start()]
            new = [Cell(letter, style.colour, style.bold, style.dim) for letter in match.expand(word)]
            found[match.start() : match.end()] = new
    return tuple(found)


def text_of(row: Row) -> str:
    return "".join(cell.text for cell in row).rstrip()
