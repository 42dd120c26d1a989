"""One block on the screen for each of several runs that begin together."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

PATIENCE_SECONDS = 1.0  # that a run waits for the block before its own to end

RunOf = tuple[int, str]  # its generation and its target
Show = Callable[[], None]


class Blocks:
    """What others of the same generation say waits until the block of the first has ended, but not for long.

    A run that went on for longer than that has no block to itself any more: whoever says something is shown
    at once, with a mark on each line.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._front: RunOf | None = None
        self._began = 0.0
        self._held: dict[RunOf, list[Show]] = {}  # the first one is the next
        self._ended: set[RunOf] = set()  # of those that are held
        self._free: set[RunOf] = set()  # shown at once, and still at work
        self._timer: asyncio.TimerHandle | None = None
        self._unwritable: OSError | None = None

    def say(self, run: RunOf, show: Show, *, ends: bool = False) -> None:
        """Shows it now, or soon. `ends`: nothing more comes of this run. Raises OSError."""
        if self._unwritable is not None:
            raise self._unwritable
        if self._front not in (None, run) and run not in self._free and self._is_late(run):
            self.release()
        if run in self._held:
            self._hold(run, show, ends=ends)
        elif run in self._free:
            show()
            if ends:
                self._free.discard(run)
        elif self._front in (None, run):
            self._to_front(run)
            show()
            if ends:
                self._front = None
                self._next()
        else:
            self._hold(run, show, ends=ends)

    def release(self) -> None:
        """Nobody waits any longer."""
        if self._front is not None:
            self._free.add(self._front)
            self._front = None
        held, self._held = self._held, {}
        for run, shows in held.items():
            if run not in self._ended:
                self._free.add(run)
            for show in shows:
                show()
        self._ended.clear()
        self._stop_waiting()

    def _is_late(self, run: RunOf) -> bool:
        """The front is of another generation, or has had its time."""
        assert self._front is not None
        return run[0] != self._front[0] or self._clock() - self._began >= PATIENCE_SECONDS

    def _to_front(self, run: RunOf) -> None:
        if self._front is None:
            self._front, self._began = run, self._clock()

    def _hold(self, run: RunOf, show: Show, *, ends: bool) -> None:
        self._held.setdefault(run, []).append(show)
        if ends:
            self._ended.add(run)
        if self._timer is None:
            self._wait()

    def _wait(self) -> None:
        with suppress(RuntimeError):  # no loop runs: a record is shown
            self._timer = asyncio.get_running_loop().call_later(PATIENCE_SECONDS, self._waited)

    def _next(self) -> None:
        """The blocks that have ended meanwhile, and the first one that has not."""
        while self._held and self._front is None:
            run = next(iter(self._held))
            shows, ended = self._held.pop(run), run in self._ended
            self._ended.discard(run)
            if not ended:
                self._to_front(run)
            for show in shows:
                show()
        self._stop_waiting()
        if self._held:
            self._wait()

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _waited(self) -> None:
        self._timer = None
        try:
            self.release()
        except OSError as error:  # said to who shows the next event
            self._unwritable = error
