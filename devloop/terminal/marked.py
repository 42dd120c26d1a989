"""One stream for several writers: whole lines, each with the mark of who wrote it."""

from __future__ import annotations

import io

from devloop.terminal.stream import Style, Terminal
from devloop.terminal.visible import visible


class MarkedTerminal(Terminal):
    """Passes lines on to another terminal. One that is not whole yet waits; blank ones are left out."""

    def __init__(self, inner: Terminal, mark: str) -> None:
        lines = _Lines(inner)
        super().__init__(lines, colour=inner.colour)
        lines.mark = self._styled(f"[{visible(mark)}] ", Style.DIM)
        self.encoding = inner.encoding


class _Lines(io.StringIO):
    """Passes whole lines on."""

    def __init__(self, inner: Terminal) -> None:
        super().__init__()
        self.mark = ""
        self._inner = inner
        self._waiting = ""

    def write(self, text: str) -> int:
        *lines, self._waiting = (self._waiting + text).split("\n")
        for line in lines:
            if line.strip():
                self._inner.record(f"{self.mark}{line}")
        return len(text)

    def flush(self) -> None:
        self._inner.flush()

    def isatty(self) -> bool:
        return False
