"""Who keeps the event loop from everybody else? Every callback is weighed by its processor time.

Time on the clock would tell how busy the machine is; processor time tells what we do.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

logger = logging.getLogger(__name__)

VARIABLE: Final = "STIGMER_WATCHDOG_MS"  # callbacks that take longer are logged; not set: nobody watches
LOOK_SECONDS: Final = 0.01
FRAMES_SHOWN: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Stall:
    """One callback that took too long."""

    cpu_seconds: float
    seconds: float
    callback: str
    stack: str  # where it was when it had just become too long; empty when nobody looked in time


class Watchdog:
    """`longest` is the processor time of the heaviest callback so far."""

    def __init__(self, allowed_seconds: float, tell: Callable[[Stall], None]) -> None:
        self._allowed = allowed_seconds
        self._tell = tell
        self._began: float | None = None
        self._stack = ""
        self._thread = 0
        self._clock = 0
        self.longest = 0.0

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Over the callbacks of this thread's loop."""
        self._thread = threading.get_ident()
        self._clock = time.pthread_getcpuclockid(self._thread)
        run, done = asyncio.Handle._run, threading.Event()
        looker = threading.Thread(target=self._look, args=(done,), daemon=True, name="watchdog")

        def weighed(handle: Any) -> None:
            if threading.get_ident() != self._thread:
                run(handle)
                return
            at, before = time.perf_counter(), time.thread_time()
            self._began = before
            try:
                run(handle)
            finally:
                self._began = None
                self._weigh(handle, time.thread_time() - before, time.perf_counter() - at)

        # Called by every loop of Python's own, for each callback.
        asyncio.Handle._run = weighed  # type: ignore[method-assign,assignment]
        looker.start()
        try:
            yield
        finally:
            asyncio.Handle._run = run  # type: ignore[method-assign]
            done.set()
            looker.join()

    def _weigh(self, handle: Any, cpu: float, seconds: float) -> None:
        self.longest = max(self.longest, cpu)
        if cpu > self._allowed:
            self._tell(Stall(cpu_seconds=cpu, seconds=seconds, callback=repr(handle), stack=self._stack))
        self._stack = ""

    def _look(self, done: threading.Event) -> None:
        while not done.wait(LOOK_SECONDS):
            began = self._began
            if began is None or self._stack or time.clock_gettime(self._clock) - began < self._allowed:
                continue
            frame = sys._current_frames().get(self._thread)
            if frame is not None and self._began == began:
                frames = traceback.extract_stack(frame)[: -FRAMES_SHOWN - 1 : -1]
                self._stack = " < ".join(f"{each.name} ({each.filename}:{each.lineno})" for each in frames)


@contextmanager
def watched_if_wanted() -> Iterator[None]:
    """Into the log, when STIGMER_WATCHDOG_MS says how many milliseconds are too many."""
    wanted = os.environ.get(VARIABLE, "")
    if not wanted.isdigit():
        yield
        return
    with Watchdog(int(wanted) / 1000, _log).watching():
        yield


def _log(stall: Stall) -> None:
    logger.warning(
        "the event loop was busy for %.0f ms (%.0f on the clock): %s; %s",
        stall.cpu_seconds * 1000,
        stall.seconds * 1000,
        stall.stack,
        stall.callback,
    )
