"""What somebody who sits at the terminal sees: the screen as it is drawn, not the bytes that draw it."""

from __future__ import annotations

from collections.abc import Callable

import pexpect
import pyte

from tests.support.poll import PATIENCE_SECONDS, wait_until

GLANCE_SECONDS = 0.05


class Drawn:
    """A program on a terminal of this size, and its screen."""

    def __init__(self, program: pexpect.spawn[str], *, rows: int = 40, columns: int = 100) -> None:
        self.program = program
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.Stream(self._screen)
        self._ended = False
        program.setwinsize(rows, columns)

    @property
    def lines(self) -> list[str]:
        """Those with something on them."""
        return [line.rstrip() for line in self._screen.display if line.strip()]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    @property
    def cursor_hidden(self) -> bool:
        return bool(self._screen.cursor.hidden)

    def press(self, keys: str) -> None:
        self.program.send(keys)

    def resize(self, rows: int, columns: int) -> None:
        """As when somebody drags the corner of the window."""
        self._screen.resize(rows, columns)
        self.program.setwinsize(rows, columns)

    def until(self, shown: str | Callable[[str], bool]) -> str:
        """Waits until this can be seen; all that can be seen then."""
        seen = shown if callable(shown) else lambda text: shown in text

        def is_there() -> bool:
            self._look()
            return seen(self.text)

        wait_until(is_there, f"{shown} is shown", lambda: self.text)
        return self.text

    def end(self) -> int:
        """Waits for the end; the exit status."""

        def is_over() -> bool:
            self._look()
            return self._ended

        wait_until(is_over, "the program ends", lambda: self.text, seconds=PATIENCE_SECONDS)
        self.program.wait()
        assert self.program.exitstatus is not None
        return self.program.exitstatus

    def _look(self) -> None:
        try:
            self._stream.feed(self.program.read_nonblocking(1 << 16, GLANCE_SECONDS))
        except pexpect.TIMEOUT:
            return
        except pexpect.EOF:
            self._ended = True
