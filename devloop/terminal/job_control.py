"""Ctrl-Z, `fg` and `bg`: a shell takes the terminal away from a program, and gives it back."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

TERMINAL = "/dev/tty"  # ours, if we have one
WHOLE_JOB = 0  # as a process to stop


def in_front(descriptor: int) -> bool:
    """Is it our terminal, and are we in its foreground? In the background, reading it would stop us."""
    try:
        return os.tcgetpgrp(descriptor) == os.getpgrp()
    except OSError:  # no terminal, or that of another session
        return False


def in_background(descriptor: int) -> bool:
    """Is it our terminal, and does it belong to others at the moment?"""
    try:
        return os.tcgetpgrp(descriptor) != os.getpgrp()
    except OSError:
        return False


@contextmanager
def suspending(before: Callable[[], None], after: Callable[[], None]) -> Iterator[None]:
    """Calls `before` when we are about to be stopped by Ctrl-Z, and `after` when we continue.

    Both are called by the event loop, between two steps of it: the handler of a signal may interrupt a write.
    After a stop that nobody announces (SIGSTOP), only `after` is called.
    """
    import asyncio  # late: every command imports this module

    loop = asyncio.get_running_loop()
    asked = False

    def stop() -> None:
        nonlocal asked
        if asked:
            asked = False
            before()
            stop_now()

    def on_stop(_number: int, _frame: FrameType | None) -> None:
        nonlocal asked
        if asked:  # a second Ctrl-Z, because the event loop is busy
            asked = False
            stop_now()
        else:
            asked = True
            loop.call_soon_threadsafe(stop)

    def on_continue(_number: int, _frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(after)

    handlers = {signal.SIGTSTP: on_stop, signal.SIGCONT: on_continue}
    if signal.getsignal(signal.SIGTSTP) == signal.SIG_IGN:  # a shell without job control
        del handlers[signal.SIGTSTP]
    previous = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def stop_now(process: int | None = None) -> None:
    """Stops us, or the whole job; returns when we are continued."""
    before = signal.signal(signal.SIGTSTP, signal.SIG_DFL)
    os.kill(os.getpid() if process is None else process, signal.SIGTSTP)
    signal.signal(signal.SIGTSTP, before)


def stay_stoppable() -> None:
    """Lets Ctrl-Z stop us also while we start another program; call it before the first one.

    By vfork, the usual way, we wait for the child, which Ctrl-Z stops before it has become the other program:
    we would wait for ever, deaf to Ctrl-C. It is a little quicker, and stays where there is no terminal.
    """
    try:
        os.close(os.open(TERMINAL, os.O_RDONLY | os.O_NOCTTY))
    except OSError:
        return
    import subprocess

    subprocess._USE_VFORK = False  # type: ignore[misc]  # documented, in spite of its name


@contextmanager
def without_stopping(number: signal.Signals) -> Iterator[None]:
    """SIGTTOU or SIGTTIN: setting or reading a terminal from the background would stop us."""
    before = signal.signal(number, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(number, before)
