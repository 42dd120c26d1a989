"""Reads single keys from the terminal while we are in its foreground, and restores its settings."""

from __future__ import annotations

import asyncio
import os
import signal
import termios
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from devloop.terminal.job_control import in_front, without_stopping

READ_BYTES = 64
ESCAPE = b"\x1b"
BACKGROUND_SECONDS = 0.25  # bash sends no signal when `fg` brings a job to the front that runs already

Pressed = Callable[[str], None]
Closed = Callable[[], None]  # the terminal's window
Changed = Callable[[], None]  # keys can be pressed now


class Keyboard:
    """Reports keys as they are pressed; Ctrl-C and Ctrl-Z stay signals."""

    def __init__(self, descriptor: int, pressed: Pressed, closed: Closed, back: Changed) -> None:
        self._descriptor = descriptor
        self._pressed = pressed
        self._closed = closed
        self._back = back
        self._before: Any = None  # as the terminal was when we were last in front
        self._listening = False
        self._reading = False
        self._waiting: asyncio.TimerHandle | None = None

    @property
    def reading(self) -> bool:
        """Can keys be pressed at the moment?"""
        return self._reading

    def listen(self) -> None:
        """Starts to read keys: now, or as soon as we are in the foreground."""
        if not self._listening:
            self._listening = True
            self._attach()

    def release(self) -> None:
        """Stops reading keys, and restores the terminal."""
        self._listening = False
        self.detach()

    @contextmanager
    def released(self) -> Iterator[None]:
        """Releases the terminal while something else, such as a prompt, reads from it."""
        listened = self._listening
        self.release()
        try:
            yield
        finally:
            if listened:
                self.listen()

    def detach(self) -> None:
        """Before we are stopped: the terminal is the shell's."""
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None
        if self._reading:
            self._reading = False
            asyncio.get_running_loop().remove_reader(self._descriptor)
            self.restore()

    def resume(self) -> None:
        """After a stop: we may be in the foreground or in the background, whatever we were before."""
        if self._reading and in_front(self._descriptor):
            self._set_cbreak()  # the shell has set the terminal as it likes it
            self._back()
        elif self._reading:
            self._lose()
        elif self._listening:
            self._attach_again()

    def restore(self) -> None:
        """Restores the terminal; may be called from a signal handler."""
        # It is gone when the terminal's window was closed.
        if self._before is not None and in_front(self._descriptor):
            with suppress(termios.error), without_stopping(signal.SIGTTOU):
                termios.tcsetattr(self._descriptor, termios.TCSANOW, self._before)

    def _attach(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None
        if in_front(self._descriptor):
            with suppress(termios.error):
                self._before = termios.tcgetattr(self._descriptor)
            self._reading = True
            self._set_cbreak()
            asyncio.get_running_loop().add_reader(self._descriptor, self._read)
        elif os.isatty(self._descriptor):
            self._wait()
        else:
            self._close()

    def _attach_again(self) -> None:
        self._attach()
        if self._reading:
            self._back()

    def _wait(self) -> None:
        self._waiting = asyncio.get_running_loop().call_later(BACKGROUND_SECONDS, self._attach_again)

    def _set_cbreak(self) -> None:
        # Not raw: the terminal still makes signals of Ctrl-C and Ctrl-Z, and lines of what is written.
        with suppress(termios.error), without_stopping(signal.SIGTTOU):
            tty.setcbreak(self._descriptor, termios.TCSANOW)

    def _read(self) -> None:
        if not in_front(self._descriptor) and os.isatty(self._descriptor):
            self._lose()
            return
        try:
            with without_stopping(signal.SIGTTIN):
                data = os.read(self._descriptor, READ_BYTES)
        except OSError:
            data = b""
        if data:
            if not data.startswith(ESCAPE):  # an arrow, a function key
                for key in data.decode("utf-8", "replace"):
                    self._pressed(key)
        elif os.isatty(self._descriptor) and not in_front(self._descriptor):
            self._lose()
        else:
            self._close()

    def _lose(self) -> None:
        """Somebody else is in the foreground now, and has set the terminal."""
        self._reading = False
        asyncio.get_running_loop().remove_reader(self._descriptor)
        self._wait()

    def _close(self) -> None:
        self.release()
        self._closed()


@contextmanager
def open_keyboard(
    descriptor: int, pressed: Pressed, closed: Closed = lambda: None, back: Changed = lambda: None
) -> Iterator[Keyboard]:
    """A keyboard that reads nothing until `listen` is called."""
    keyboard = Keyboard(descriptor, pressed, closed, back)
    try:
        yield keyboard
    finally:
        keyboard.release()
