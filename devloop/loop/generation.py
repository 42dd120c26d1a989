"""One version of the project's content on its way to a run."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TypeVar

import anyio

from devloop.changes.fingerprint import Fingerprint
from devloop.loop.events import Cause, PastRun
from devloop.loop.state import GenerationState, Happened, LoopAction, Stage, Why, decide
from runcmd.events import CancelReason, Event, ExecutionCreated, RunFinished
from runcmd.stream import Run

Result = TypeVar("Result")

FORCED = (Cause.START, Cause.REQUEST, Cause.BACKEND)


class Generation:
    """Facts, and one state that only `happened` changes."""

    def __init__(self, number: int, cause: Cause, changed: tuple[str, ...], files: Fingerprint) -> None:
        self.number = number
        self.cause = cause
        self.changed = changed
        self.files = files
        self.target = ""  # what it runs, as people call it
        self.state = GenerationState()
        self.record: PastRun | None = None  # of its run, as soon as there is one
        self._cancel: Callable[[CancelReason], object] = lambda reason: None  # what is under way
        self._moved = anyio.Event()

    @property
    def forced(self) -> bool:
        """It runs whether or not it makes a difference."""
        return self.cause in FORCED

    @property
    def outdated(self) -> bool:
        """Something newer came before it ran."""
        return self.state.why is Why.OUTDATED

    @property
    def over(self) -> bool:
        """Nothing of it is under way."""
        return self.state.stage is Stage.OVER

    def happened(
        self, what: Happened, reason: CancelReason = CancelReason.INTERRUPTED
    ) -> tuple[LoopAction, ...]:
        """Moves on, cancels what is under way if it must, and returns what else is to be done."""
        self.state, actions = decide(self.state, what)
        if LoopAction.CANCEL in actions:
            self._cancel(reason)
        self._moved.set()
        self._moved = anyio.Event()
        return actions

    async def until(self, *stages: Stage) -> None:
        """Waits until it stands there."""
        while self.state.stage not in stages:
            await self._moved.wait()

    @contextmanager
    def cancellable(self) -> Iterator[None]:
        """What is within ends without an error when it is cancelled."""
        with anyio.CancelScope() as scope:
            self._cancel = lambda reason: scope.cancel()
            yield

    async def unless_ending(self, call: Callable[[], Awaitable[Result]]) -> Result | None:
        """The result; None when there is a reason to end meanwhile."""
        result = None
        if self.state.why is None:
            with self.cancellable():
                result = await call()
        return result if self.state.why is None else None

    def begin(self, record: PastRun) -> None:
        """It has a run from now on."""
        self.record = record

    def follow(self, run: Run) -> None:
        """To cancel it is to cancel this run."""
        self._cancel = run.cancel

    def note(self, event: Event) -> None:
        """For the history of runs."""
        if self.record is not None and isinstance(event, ExecutionCreated):
            self.record = replace(self.record, execution=event.execution)
        if self.record is not None and isinstance(event, RunFinished):
            self.record = replace(self.record, outcome=event.outcome, seconds=event.seconds)
