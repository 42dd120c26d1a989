"""Reads single keys from the terminal, and restores its settings at the end."""

from __future__ import annotations

import asyncio
import os
import signal
import termios
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

READ_BYTES = 64
ESCAPE = b"\x1b"

Pressed = Callable[[str], None]
Closed = Callable[[], None]  # the terminal's window


class Keyboard:
    """Reports keys as they are pressed; Ctrl-C stays a signal."""

    def __init__(self, descriptor: int, pressed: Pressed, closed: Closed) -> None:
        self._descriptor = descriptor
        self._pressed = pressed
        self._closed = closed
        self._before = termios.tcgetattr(descriptor)
        self._listening = False

    def listen(self) -> None:
        """Starts to read keys."""
        if self._listening or not _in_front(self._descriptor):
            return
        self._listening = True
        self._set_cbreak()
        asyncio.get_running_loop().add_reader(self._descriptor, self._read)

    def release(self) -> None:
        """Stops reading keys, and restores the terminal."""
        if self._listening:
            self._listening = False
            asyncio.get_running_loop().remove_reader(self._descriptor)
            self.restore()

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

    def restore(self) -> None:
        """Restores the terminal; may be called from a signal handler."""
        # It is gone when the terminal's window was closed.
        with suppress(termios.error), _without_stopping():
            termios.tcsetattr(self._descriptor, termios.TCSANOW, self._before)

    def resume(self) -> None:
        """After a stop (Ctrl-Z): the shell has set the terminal as it likes it."""
        if self._listening and _in_front(self._descriptor):
            self._set_cbreak()
            asyncio.get_running_loop().add_reader(self._descriptor, self._read)

    def _set_cbreak(self) -> None:
        with suppress(termios.error):
            # Not raw: the terminal still makes signals of Ctrl-C and Ctrl-Z, and lines of what is written.
            tty.setcbreak(self._descriptor, termios.TCSANOW)

    def _read(self) -> None:
        if not _in_front(self._descriptor) and os.isatty(self._descriptor):
            # Reading in the background would stop us; resume() comes when we are in front again.
            asyncio.get_running_loop().remove_reader(self._descriptor)
            return
        try:
            data = os.read(self._descriptor, READ_BYTES)
        except OSError:
            data = b""
        if not data:
            self.release()
            self._closed()
        elif not data.startswith(ESCAPE):  # an arrow, a function key
            for key in data.decode("utf-8", "replace"):
                self._pressed(key)


@contextmanager
def open_keyboard(descriptor: int, pressed: Pressed, closed: Closed = lambda: None) -> Iterator[Keyboard]:
    """A keyboard that reads nothing until `listen` is called."""
    keyboard = Keyboard(descriptor, pressed, closed)
    loop = asyncio.get_running_loop()

    def continued(_number: int, _frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(keyboard.resume)

    before = signal.signal(signal.SIGCONT, continued)
    try:
        yield keyboard
    finally:
        signal.signal(signal.SIGCONT, before)
        keyboard.release()


def has_keys(descriptor: int) -> bool:
    """Is it a terminal, and are we in its foreground?"""
    return os.isatty(descriptor) and _in_front(descriptor)


def _in_front(descriptor: int) -> bool:
    try:
        return os.tcgetpgrp(descriptor) == os.getpgrp()
    except OSError:
        return False


@contextmanager
def _without_stopping() -> Iterator[None]:
    """Setting a terminal from the background would stop us."""
    before = signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGTTOU, before)
