"""Writes text, styles and icons to a stream, as far as it can show them."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Mapping
from enum import Enum
from typing import TextIO

from devloop.terminal.visible import harmless, visible


class Style(Enum):
    """How text looks on a terminal with colours. The value is the ANSI code."""

    GOOD = "32"
    BAD = "31"
    WARN = "33"
    DIM = "2"
    BOLD = "1"


class Terminal:
    """A text stream, and what it can show."""

    def __init__(self, stream: TextIO, *, colour: bool = False, interactive: bool = False) -> None:
        self._stream = stream
        self._colour = colour
        self.interactive = interactive
        self.encoding = (getattr(stream, "encoding", None) or "utf-8").lower()
        self.at_line_start = True
        self.written = False
        self._status = False
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")

    @classmethod
    def of(cls, stream: TextIO | None, environ: Mapping[str, str]) -> Terminal:
        if stream is None:  # the shell closed it: `>&-`
            return cls(open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123
        interactive = stream.isatty()
        colour = interactive and not environ.get("NO_COLOR") and environ.get("TERM") != "dumb"
        return cls(stream, colour=colour, interactive=interactive)

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
        """Writes a line about something that went well."""
        self.line(f"{self.icon('✓')}{text}", Style.GOOD)

    def lines(self, text: str, style: Style | None = None) -> None:
        """Writes several lines of ours. Foreign text in them must be one line already: see `visible`."""
        for each in text.split("\n"):
            self.line(each, style)

    def record(self, text: str) -> None:
        """Writes a line for programs, which is escaped already."""
        self._put(f"{text}\n")

    def _begin_line(self) -> None:
        if not self.at_line_start:
            self._put("\n")

    def _put(self, text: str, style: Style | None = None) -> None:
        if not text:
            return
        self.end_status()
        self.at_line_start = text.endswith("\n")
        self.written = True
        self._stream.write(self._styled(text, style))

    def status(self, text: str) -> None:
        """A line that disappears when something else is written; permanent if not on a terminal."""
        if not self.interactive:
            self.line(text)
            return
        import shutil

        self.line("")
        width = shutil.get_terminal_size().columns - 1
        self._stream.write(self._styled(visible(text)[:width], Style.DIM))
        self._status = True

    def end_status(self) -> None:
        """Removes the status line; needed before another stream writes to the same terminal."""
        if self._status:
            self._status = False
            self._stream.write("\r\x1b[K\x1b[A")

    def clear(self) -> None:
        """An empty screen; what was on it stays in the scrollback."""
        if self.interactive:
            self._stream.write("\x1b[H\x1b[2J")

    def flush(self) -> None:
        self._stream.flush()

    def _styled(self, text: str, style: Style | None) -> str:
        if style is None or not self._colour:
            return text
        return f"\x1b[{style.value}m{text}\x1b[0m"


def standard_terminals() -> tuple[Terminal, Terminal]:
    """Standard output and standard error."""
    return Terminal.of(sys.stdout, os.environ), Terminal.of(sys.stderr, os.environ)
