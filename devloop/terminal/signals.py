"""Ctrl-C and the signals that end a program, turned into a cancelled run."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

from runcmd.errors import EXIT_INTERRUPTED, EXIT_TERMINATED
from runcmd.events import CancelReason

REASONS = {
    signal.SIGINT: CancelReason.INTERRUPTED,
    signal.SIGTERM: CancelReason.TERMINATED,
    signal.SIGHUP: CancelReason.TERMINATED,
}


@contextmanager
def cancelling(
    cancel: Callable[[CancelReason], None], *, leaving: Callable[[], None] = lambda: None
) -> Iterator[None]:
    """The first signal calls `cancel`; another one calls `leaving` and ends the process at once.

    Real signal handlers, not the event loop's: they also run while a write blocks because nobody reads.
    A closed terminal (SIGHUP) never ends the process at once, because the system and the shell both send it;
    nor does it count as the first of two beside a Ctrl-C, which Python handles after it, whatever came first.
    Under `nohup`, SIGHUP stays ignored.
    """
    loop = asyncio.get_running_loop()
    received: list[int] = []

    def on_signal(number: int, _frame: FrameType | None) -> None:
        # Another signal may be handled between any two lines of this: what came before is asked once.
        before = tuple(received)
        received.append(number)
        reason = REASONS[signal.Signals(number)]
        if number != signal.SIGHUP and set(before) - {signal.SIGHUP}:
            leaving()
            _exit_at_once(reason)
        if not before:
            loop.call_soon_threadsafe(cancel, reason)

    handled = [
        each for each in REASONS if each is not signal.SIGHUP or signal.getsignal(each) != signal.SIG_IGN
    ]
    before = {number: signal.signal(number, on_signal) for number in handled}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _exit_at_once(reason: CancelReason) -> None:
    with suppress(OSError):
        os.write(2, b"\nstopped at once: executions may still be running\n")
    os._exit(EXIT_INTERRUPTED if reason is CancelReason.INTERRUPTED else EXIT_TERMINATED)
