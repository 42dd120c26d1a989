"""Lines appear above the one that is being typed, which stays as it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from prompt_toolkit.application import get_app_or_none, run_in_terminal

from devloop.terminal.stream import Terminal

STYLES = re.compile(r"\x1b\[[0-9;]*m")


class AboveLine:
    """Takes what is written; whole lines of it go above the line."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._text = ""
        self._due = False

    def write(self, text: str) -> int:
        self._text += text
        return len(text)

    @property
    def growing(self) -> str:
        """The line that has not ended yet."""
        return STYLES.sub("", self._text.rpartition("\n")[2])

    def flush(self) -> None:
        if "\n" in self._text and not self._due:
            self._due = True
            run_in_terminal(self._put)
        elif (app := get_app_or_none()) is not None:
            app.invalidate()

    def fileno(self) -> int:
        return self._stream.fileno()

    def rest(self) -> None:
        """Nobody types any more: all of it, also a line that has not ended."""
        text, self._text = self._text, ""
        self._stream.write(text)
        self._stream.flush()

    def _put(self) -> None:
        self._due = False
        lines, end, self._text = self._text.rpartition("\n")
        self._stream.write(lines + end)
        self._stream.flush()


@contextmanager
def above_the_line(out: Terminal, err: Terminal) -> Iterator[AboveLine]:
    """What is written to the two of them, in its order."""
    out.flush()
    err.flush()
    above = AboveLine(out.own)
    on_screen = [each for each in (out, err) if each.interactive]
    for each in on_screen:
        each.put_through(above)
    try:
        yield above
    finally:
        for each in on_screen:
            each.put_through(None)
        above.rest()
