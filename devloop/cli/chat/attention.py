"""Ctrl-C and the signals that end a program, in a conversation: each concerns what is under way."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

from devloop.terminal.signals import REASONS
from runcmd.errors import EXIT_INTERRUPTED, EXIT_TERMINATED
from runcmd.events import CancelReason

Interrupt = Callable[[CancelReason], None]
PRESSES = 3  # of Ctrl-C, after which we do not wait for anything any more


class ChatSignals:
    """Ctrl-C interrupts an answer, a command or a line, and never the conversation; others end that, too."""

    def __init__(self, leaving: Callable[[], None]) -> None:
        """`leaving`: called by a signal's handler before the process ends at once."""
        self.terminated = False
        self._leaving = leaving
        self._interrupt: Interrupt | None = None
        self._presses = 0
        self._early = False  # Ctrl-C, while nothing was under way: it concerns what comes next

    @contextmanager
    def handled(self) -> Iterator[None]:
        """As long as the conversation lasts. Under `nohup`, SIGHUP stays ignored."""
        loop = asyncio.get_running_loop()

        def on_signal(number: int, _frame: FrameType | None) -> None:
            reason = REASONS[signal.Signals(number)]
            again = number == signal.SIGTERM and self.terminated
            if reason is CancelReason.TERMINATED:
                self.terminated = True
            else:
                self._presses += 1
            if again or self._presses >= PRESSES:
                self._leave_at_once(reason)
            loop.call_soon_threadsafe(self._pass_on, reason)

        handled = [
            each for each in REASONS if each is not signal.SIGHUP or signal.getsignal(each) != signal.SIG_IGN
        ]
        before = {number: signal.signal(number, on_signal) for number in handled}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    @contextmanager
    def concern(self, interrupt: Interrupt) -> Iterator[None]:
        """What is under way now, and how it is interrupted."""
        self._presses = 0
        self._interrupt = interrupt
        if self.terminated:
            interrupt(CancelReason.TERMINATED)
        elif self._early:
            interrupt(CancelReason.INTERRUPTED)
        self._early = False
        try:
            yield
        finally:
            self._interrupt = None
            self._presses = 0

    def _pass_on(self, reason: CancelReason) -> None:
        if self._interrupt is not None:
            self._interrupt(reason)
        else:
            self._early = True

    def _leave_at_once(self, reason: CancelReason) -> None:
        self._leaving()
        with suppress(OSError):
            os.write(2, b"\nstopped at once: executions may still be running\n")
        os._exit(EXIT_INTERRUPTED if reason is CancelReason.INTERRUPTED else EXIT_TERMINATED)
