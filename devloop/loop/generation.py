"""One version of the project's content on its way to a run."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

import anyio

from devloop.changes.fingerprint import Fingerprint
from devloop.loop.events import Cause, PastRun
from runcmd.events import CancelReason, Event, RunFinished, TargetResolved
from runcmd.stream import Run

Result = TypeVar("Result")

FORCED = (Cause.START, Cause.REQUEST, Cause.BACKEND)


class Generation:
    """It is prepared, then it begins, then it is over; a newer one may make it outdated before it begins."""

    def __init__(self, number: int, cause: Cause, changed: tuple[str, ...], fingerprint: Fingerprint) -> None:
        self.number = number
        self.cause = cause
        self.changed = changed
        self.fingerprint = fingerprint
        self.run: Run | None = None
        self.run_number = 0
        self.held: list[Event] = []  # what its preparation said, for after the header
        self.applied: int | None = None
        self.total: int | None = None
        self.target: TargetResolved | None = None
        self.execution = ""
        self.finished: RunFinished | None = None
        self.began_at = ""
        self.superseded = False
        self.begun = False
        self.deployed = False
        self.gave_up = ""  # somebody was asked what to run and left
        self.outdated = anyio.Event()
        self.settled = anyio.Event()  # begun, or over: the next one may be prepared
        self.over = anyio.Event()
        self.attempt: anyio.CancelScope | None = None  # to deploy and run
        self._scope: anyio.CancelScope | None = None

    @property
    def forced(self) -> bool:
        """It runs whether or not it makes a difference."""
        return self.cause in FORCED

    def begin(self, run_number: int) -> None:
        self.begun = True
        self.run_number = run_number
        self.began_at = time.strftime("%H:%M:%S")
        self.settled.set()

    def end(self) -> None:
        self.settled.set()
        self.over.set()

    def outdate(self) -> None:
        """Something newer is there. What can be left half done is left."""
        self.outdated.set()
        if self._scope is not None:
            self._scope.cancel()

    def stop(self, reason: CancelReason) -> None:
        """The loop ends: whatever is under way is cancelled."""
        self.outdate()
        if self.run is not None:
            self.run.cancel(reason)
        elif self.attempt is not None:
            self.attempt.cancel()

    async def unless_outdated(self, call: Callable[[], Awaitable[Result]]) -> Result | None:
        """The result; None when something newer came meanwhile."""
        if self.outdated.is_set():
            return None
        with anyio.CancelScope() as self._scope:
            result = await call()
        cut, self._scope = self._scope.cancelled_caught, None
        return None if cut or self.outdated.is_set() else result


def past_run(generation: Generation) -> PastRun:
    finished = generation.finished
    return PastRun(
        gen=generation.number,
        run=generation.run_number,
        at=generation.began_at,
        cause=generation.cause,
        changed=generation.changed,
        execution=generation.execution,
        outcome=finished.outcome if finished else None,
        seconds=finished.seconds if finished else None,
    )
