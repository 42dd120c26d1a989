"""Asks for a secret without echo, also after Ctrl-Z and `fg`: getpass alone would show what is typed then."""

from __future__ import annotations

import os
import signal
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from getpass import getpass
from types import FrameType

from devloop.terminal.job_control import TERMINAL, in_front, stop_now, without_stopping

LOCAL_FLAGS = 3  # of the settings of a terminal


def ask_secret(prompt: str) -> str:
    """What was typed. Raises EOFError, OSError, termios.error, UnicodeDecodeError."""
    with _quiet_again(prompt):
        return getpass(prompt)


@contextmanager
def _quiet_again(prompt: str) -> Iterator[None]:
    try:
        terminal = os.open(TERMINAL, os.O_RDWR | os.O_NOCTTY)
    except OSError:  # getpass finds another way, or says why not
        yield
        return
    before = termios.tcgetattr(terminal)
    quiet = termios.tcgetattr(terminal)
    quiet[LOCAL_FLAGS] &= ~termios.ECHO

    def on_stop(_number: int, _frame: FrameType | None) -> None:
        _set(terminal, before)
        stop_now()

    def on_continue(_number: int, _frame: FrameType | None) -> None:
        if in_front(terminal):
            _set(terminal, quiet)
            os.write(terminal, prompt.encode(errors="replace"))

    handlers = {signal.SIGTSTP: on_stop, signal.SIGCONT: on_continue}
    previous = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    except KeyboardInterrupt:
        os.write(terminal, b"\n")  # nothing was echoed, not even the Ctrl-C
        raise
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
        os.close(terminal)


def _set(terminal: int, settings: list[int | list[bytes | int]]) -> None:
    with without_stopping(signal.SIGTTOU):
        termios.tcsetattr(terminal, termios.TCSANOW, settings)
