"""One stream for several writers: whole lines, each with the mark of who wrote it."""

from __future__ import annotations

import io

from devloop.terminal.cells import cells
from devloop.terminal.stream import Style, Terminal, styled
from devloop.terminal.visible import visible


class MarkedTerminal(Terminal):
    """Passes lines on to another terminal. One that is not whole yet waits; blank ones are left out."""

    def __init__(self, inner: Terminal, mark: str, *, indent: int = 0) -> None:
        """`indent`: columns before the mark."""
        self._lines = _Lines(inner)
        super().__init__(self._lines, colour=inner.colour)
        self._lines.mark = " " * indent + styled(f"[{visible(mark)}] ", Style.DIM if inner.colour else None)
        self.encoding = inner.encoding
        self.screen = inner.screen
        self.margin = inner.margin + indent + cells(f"[{visible(mark)}] ")

    @property
    def has_open_line(self) -> bool:
        """Did a part of a line go through, whose rest must follow?"""
        return self._lines.open

    @property
    def whole_lines(self) -> int:
        """How many went through."""
        return self._lines.passed

    @property
    def holds(self) -> bool:
        """Does a part of a line wait here for its rest?"""
        return bool(self._lines.waiting)

    def let_grow(self, grows: bool) -> None:
        """May a part of a line go through from now on? One that is open goes on in any case."""
        self._lines.grows = grows


class _Lines(io.StringIO):
    """Passes whole lines on, and parts of lines where nobody else writes."""

    def __init__(self, inner: Terminal) -> None:
        super().__init__()
        self.mark = ""
        self.grows = False
        self.open = False
        self.waiting = ""
        self.passed = 0  # whole lines
        self._inner = inner

    def write(self, text: str) -> int:
        *lines, rest = (self.waiting + text).split("\n")
        self.waiting = ""
        self.passed += len(lines)
        if self.open and self._inner.at_line_start:
            self.open = False  # somebody else ended it
        for line in lines:
            if self.open:
                self._inner.piece(f"{line}\n")
                self.open = False
            elif line.strip():
                self._inner.record(f"{self.mark}{line}")
        if rest and (self.open or (self.grows and rest.strip())):
            self._inner.piece(rest if self.open else f"{self.mark}{rest}")
            self.open = True
        else:
            self.waiting = rest
        return len(text)

    def flush(self) -> None:
        self._inner.flush()

    def isatty(self) -> bool:
        return False
