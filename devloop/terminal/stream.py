"""Writes text, styles and icons to a stream, as far as it can show them."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Mapping
from enum import Enum
from functools import lru_cache
from typing import Protocol, TextIO

from devloop.terminal.cells import flowing, wrapped
from devloop.terminal.job_control import in_background
from devloop.terminal.visible import harmless, spelled, visible

LEAST_COLUMNS = 20
CLEAR = "\x1b[H\x1b[2J"


class Style(Enum):
    """How text looks on a terminal with colours. The value is the ANSI code."""

    GOOD = "32"
    BAD = "31"
    WARN = "33"
    DIM = "2"
    BOLD = "1"


class Sink(Protocol):
    """What a terminal writes to."""

    def write(self, text: str, /) -> int: ...

    def flush(self) -> None: ...

    def fileno(self) -> int: ...


class Terminal:
    """A text stream, and what it can show."""

    def __init__(
        self, stream: TextIO, *, colour: bool = False, interactive: bool = False, cursor: bool = False
    ) -> None:
        self.own = stream  # whatever it is put through
        self._stream: Sink = stream
        self.colour = colour
        self.cursor = cursor  # it can be moved, while we are in the foreground
        self.beside: Terminal | None = None  # goes to the same place, as with `2>&1 | tee log`
        self.interactive = interactive
        self.screen = self  # where its lines end up
        self.margin = 0  # columns that are taken there
        self.encoding = (getattr(stream, "encoding", None) or "utf-8").lower()
        self.at_line_start = True
        self.written = False
        self._status = 0  # lines
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")

    @classmethod
    def of(cls, stream: TextIO | None, environ: Mapping[str, str]) -> Terminal:
        if stream is None:  # the shell closed it: `>&-`
            return cls(open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123
        interactive = stream.isatty()
        colour = interactive and not is_dumb(environ) and not environ.get("NO_COLOR")
        cursor = interactive and takes_escapes(environ)
        return cls(stream, colour=colour, interactive=interactive, cursor=cursor)

    @property
    def moves_cursor(self) -> bool:
        """Can what is on the screen be changed, and is it ours to change?"""
        return self.cursor and not self.in_background

    def put_through(self, stream: Sink | None) -> None:
        """All that is written goes there from now on; None: to its own stream again."""
        self._stream = stream or self.own

    @property
    def in_background(self) -> bool:
        """Is it a terminal where others write and read at the moment?"""
        try:
            return self.interactive and in_background(self._stream.fileno())
        except OSError:  # it has no file
            return False

    def can_show(self, text: str) -> bool:
        try:
            text.encode(self.encoding)
        except (UnicodeEncodeError, LookupError):
            return False
        return True

    def icon(self, icon: str) -> str:
        """The icon and the space after it, or nothing where it cannot be shown."""
        return f"{icon} " if self.can_show(icon) else ""

    def write(self, text: str, style: Style | None = None) -> None:
        """Writes foreign text as it comes, without characters that control a terminal."""
        self._put(harmless(text), style)

    def text(self, text: str, style: Style | None = None) -> None:
        """Writes foreign text on lines of its own."""
        self._begin_line()
        self._put(harmless(text), style)
        self._put("\n")

    def line(self, text: str = "", style: Style | None = None) -> None:
        """Writes exactly one line, whatever names in it contain."""
        self._begin_line()
        self._put(visible(text, tabs=True), style)
        self._put("\n")

    def good(self, text: str) -> None:
        """Writes a sentence about something that went well."""
        for line in wrapped(f"{self.icon('✓')}{visible(text)}", columns_of(self)):
            self.line(line, Style.GOOD)

    def record(self, text: str) -> None:
        """Writes a line for programs, or one that another terminal made: it is escaped already."""
        self._begin_line()
        self._put(f"{text}\n")

    def piece(self, text: str) -> None:
        """Writes a part of a line that another terminal made: it is escaped already."""
        self._put(text)

    def _begin_line(self) -> None:
        if not self.at_line_start:
            self._put("\n")

    def _put(self, text: str, style: Style | None = None) -> None:
        if not text:
            return
        if self.beside is not None:
            self.beside.give_way()
        self.end_status()
        if not self.can_show(text):
            text = spelled(text)
        self.at_line_start = text.endswith("\n")
        self.written = True
        self._stream.write(styled(text, style if self.colour else None))

    def status(self, text: str) -> None:
        """What disappears when something else is written; permanent where that cannot be.

        In a narrow terminal it has several lines, each with whole parts: `·` is between them.
        """
        columns = columns_of(self)
        lines = list(flowing(visible(text).split(" · "), " · ", columns and columns - 1))
        if not self.moves_cursor:
            for each in lines:
                self.line(each)
            return
        self.line("")
        self._stream.write(styled("\n".join(lines), Style.DIM if self.colour else None))
        self._status = len(lines)

    def end_status(self) -> None:
        """Removes the status; needed before another stream writes to the same terminal."""
        if self._status:
            lines, self._status = self._status, 0
            self._stream.write("\r\x1b[K\x1b[A" * lines if self.moves_cursor else "\n")

    def give_way(self, *, erase: bool = True) -> None:
        """Ends the line, and writes what is buffered: somebody else writes to the same place now."""
        if self._status and erase:
            self.end_status()
        elif self._status or not self.at_line_start:
            self._status = 0
            self.at_line_start = True
            self._stream.write("\n")
        self.flush()

    def clear(self) -> None:
        """An empty screen; what was on it stays in the scrollback."""
        if self.moves_cursor:
            self._stream.write(CLEAR)

    def flush(self) -> None:
        self._stream.flush()


def columns_of(terminal: Terminal) -> int | None:
    """How many columns a line may have. None: nobody looks, so it may be as long as it is."""
    if not terminal.screen.interactive:
        return None
    import shutil

    return max(LEAST_COLUMNS, shutil.get_terminal_size().columns - terminal.margin)


def styled(text: str, style: Style | None) -> str:
    """The text with the codes of its style."""
    return text if style is None else f"\x1b[{style.value}m{text}\x1b[0m"


def is_dumb(environ: Mapping[str, str]) -> bool:
    """Would a terminal show escapes as they are?"""
    return environ.get("TERM") in (None, "", "dumb")


def takes_escapes(environ: Mapping[str, str]) -> bool:
    """More than colours: is there somebody to look at what moves?"""
    return not is_dumb(environ) and environ.get("CI", "").lower() in ("", "0", "false")


def standard_terminals() -> tuple[Terminal, Terminal]:
    """Standard output and standard error: always the same two, which know of each other's lines."""
    return _kept(sys.stdout, sys.stderr)


def terminals(stdout: TextIO | None, stderr: TextIO | None) -> tuple[Terminal, Terminal]:
    """The two of these streams."""
    out, err = Terminal.of(stdout, os.environ), Terminal.of(stderr, os.environ)
    if stdout is not None and stderr is not None and _same_place(stdout, stderr):
        out.beside, err.beside = err, out
    return out, err


_kept = lru_cache(maxsize=1)(terminals)


def _same_place(one: TextIO, other: TextIO) -> bool:
    try:
        return os.path.samestat(os.fstat(one.fileno()), os.fstat(other.fileno()))
    except (OSError, ValueError):  # it has no file
        return False
