"""The last lines of a terminal, drawn again and again; what is written meanwhile goes above them."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from math import ceil
from typing import NamedTuple, TextIO

from rich.cells import cell_len

from devloop.terminal.stream import CLEAR

# What is between the two appears at once, where a terminal knows of it. The cursor is hidden only in between,
# so that whatever ends us at any moment leaves it as it was.
BEGIN, END = "\x1b[?2026h\x1b[?25l", "\x1b[?25h\x1b[?2026l"
BELOW = "\x1b[J"
WHOLE_LINE = "\x1b[2K"
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
WITHOUT_REFLOW = ("linux", "screen", "vt")  # when it gets narrower, they cut lines instead of breaking them


class Line(NamedTuple):
    """One line as it is sent to a terminal, and how many cells it takes."""

    text: str
    width: int


class Region:
    """Never wider than the terminal, and never as high as it."""

    def __init__(self, stream: TextIO, environ: Mapping[str, str], on_text: Callable[[], None]) -> None:
        """`on_text`: called when something was written that is not on the screen yet."""
        self.rows_above = 0  # that were written since the last `mark`
        self._stream = stream
        self._on_text = on_text
        self._waiting: list[str] = []
        self._open = ""  # a line that is not whole yet
        self._drawn: tuple[Line, ...] = ()
        self._columns = shutil.get_terminal_size().columns
        self._reflows = "XTERM_VERSION" not in environ and (
            bool(environ.get("TMUX")) or not environ.get("TERM", "").startswith(WITHOUT_REFLOW)
        )

    def write(self, text: str, /) -> int:
        """Text for the terminal, which appears above the lines with the next drawing."""
        if text == CLEAR:
            self._waiting.append(text)
            self._drawn = ()
            self.mark()
            return len(text)
        whole, newline, self._open = (self._open + text).rpartition("\n")
        if newline:
            self._waiting.append(whole + newline)
            self.rows_above += _rows(whole, self._columns)
        return len(text)

    def fileno(self) -> int:
        """Of the terminal."""
        return self._stream.fileno()

    @property
    def waits(self) -> bool:
        """Was something written that is not on the screen yet?"""
        return bool(self._waiting)

    def flush(self) -> None:
        """Somebody wants to see what was written."""
        if self._waiting:
            self._on_text()

    def mark(self) -> None:
        """Counts `rows_above` from here on."""
        self.rows_above = 0

    def draw(self, lines: Sequence[Line], columns: int) -> None:
        """What was written, and these lines below it. Raises OSError."""
        new = tuple(lines)
        if not self._waiting and new == self._drawn and columns == self._columns:
            return
        text = "".join(self._waiting)
        self._waiting = []
        if text or len(new) != len(self._drawn) or columns != self._columns:
            body = f"{self._to_top(columns)}{BELOW}{text}" + "\n".join(each.text for each in new)
        else:
            body = self._to_top(columns) + "\n".join(map(_changed, self._drawn, new))
        self._drawn, self._columns = new, columns
        self._stream.write(f"{BEGIN}{body}{END}")
        self._stream.flush()

    def erase(self) -> None:
        """All that was written is on the screen, the lines are not. Raises OSError."""
        if self._open:
            self.write("\n")
        self.draw((), self._columns)

    def forget(self) -> None:
        """Others have written to the terminal: what was drawn is theirs to scroll away."""
        self._drawn = ()

    def abandon(self) -> None:
        """Erases the lines; may be called by a signal's handler, which may have interrupted a drawing."""
        with suppress(OSError):
            os.write(self._stream.fileno(), f"{self._to_top(self._columns)}{BELOW}{END}".encode())
        self._drawn = ()

    def _to_top(self, columns: int) -> str:
        if not self._drawn:
            return ""
        broken = self._reflows and columns < self._columns
        rows = sum(ceil(each.width / columns) or 1 if broken else 1 for each in self._drawn)
        return "\r" + (f"\x1b[{rows - 1}A" if rows > 1 else "")


def _changed(old: Line, new: Line) -> str:
    return "" if old == new else f"{WHOLE_LINE}{new.text}"


def _rows(text: str, columns: int) -> int:
    lines = ESCAPES.sub("", text).split("\n")
    return sum(1 if len(each) * 2 <= columns else ceil(cell_len(each) / columns) or 1 for each in lines)
