"""While something is being written, what is typed is not: the terminal keeps it for the next question."""

from __future__ import annotations

import signal
import termios
from contextlib import suppress
from typing import Any

from devloop.terminal.job_control import in_front, without_stopping

LOCAL_FLAGS = 3  # of the settings of a terminal


class QuietKeyboard:
    """No echo, and no lines, of which the terminal would keep only so many bytes; Ctrl-C stays a signal."""

    def __init__(self, descriptor: int) -> None:
        """Of a terminal whose settings are those to give back."""
        self._descriptor = descriptor
        self._own: Any = None
        with suppress(termios.error):
            self._own = termios.tcgetattr(descriptor)

    def resume(self) -> None:
        """Quiet, from the beginning or after a stop."""
        if self._own is not None:
            quiet = [*self._own]
            quiet[LOCAL_FLAGS] &= ~(termios.ECHO | termios.ICANON)
            quiet[LOCAL_FLAGS] |= termios.NOFLSH  # else Ctrl-C would take what was typed with it
            self._set(quiet)

    def give_back(self) -> None:
        """As it was before."""
        if self._own is not None:
            self._set(self._own)

    def release(self) -> None:
        """The process ends at once; may be called from a signal's handler."""
        self.give_back()

    def _set(self, settings: Any) -> None:
        if in_front(self._descriptor):
            with suppress(termios.error), without_stopping(signal.SIGTTOU):
                termios.tcsetattr(self._descriptor, termios.TCSANOW, settings)
