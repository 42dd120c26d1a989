"""A run under way: iterate it for its events, cancel it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import anyio

from runcmd.errors import (
    EXIT_FAILED,
    EXIT_INTERRUPTED,
    EXIT_TERMINATED,
    EXIT_TIMEOUT,
    RunError,
    shortage_error,
)
from runcmd.events import (
    CancelFinished,
    CancelOutcome,
    CancelReason,
    CancelStarted,
    Event,
    Outcome,
    RunFinished,
)

BUFFERED_EVENTS = 256
CANCEL_SECONDS = 3.0  # at most, until the backend has confirmed it

EXIT_CODES = {
    CancelReason.SUPERSEDED: EXIT_FAILED,
    CancelReason.TIMEOUT: EXIT_TIMEOUT,
    CancelReason.INTERRUPTED: EXIT_INTERRUPTED,
    CancelReason.TERMINATED: EXIT_TERMINATED,
}
SEVERITY = {reason: severity for severity, reason in enumerate(CancelReason)}

Work = Callable[["Run"], Awaitable[RunFinished]]


class Run:
    """Ends with exactly one RunFinished, whatever happens."""

    def __init__(self) -> None:
        self.reason: CancelReason | None = None
        self.result: RunFinished | None = None  # what cancelled work leaves behind
        self._send, self._receive = anyio.create_memory_object_stream[Event](BUFFERED_EVENTS)
        self._work = anyio.CancelScope()
        self._finishing: anyio.CancelScope | None = None
        self._cancelled_at = 0.0
        self._cancel_emitted = False
        self._over = False
        self._bug: Exception | None = None

    def __aiter__(self) -> Run:
        return self

    async def __anext__(self) -> Event:
        try:
            return await self._receive.receive()
        except anyio.EndOfStream:
            raise StopAsyncIteration from None

    def cancel(self, reason: CancelReason) -> None:
        """Asks the run to end. A second reason counts only if it is more severe."""
        if self._over:
            return
        if self.reason is None:
            self.reason = reason
            self._cancelled_at = time.monotonic()
            self._work.cancel()
            if self._finishing is not None:
                self._finishing.deadline = anyio.current_time() + CANCEL_SECONDS
        elif SEVERITY[reason] > SEVERITY[self.reason]:
            self.reason = reason

    async def emit(self, event: Event) -> None:
        try:
            await self._send.send(event)
        except anyio.BrokenResourceError:
            return  # nobody listens any more, so the work is being cancelled

    async def finish(self, call: Callable[[], Awaitable[None]]) -> None:
        """Awaits a call that a cancel must not cut in two: it gets CANCEL_SECONDS more."""
        try:
            with anyio.CancelScope(shield=True) as self._finishing:
                await call()
        finally:
            self._finishing = None
        await anyio.lowlevel.checkpoint_if_cancelled()

    async def cancel_and_confirm(
        self,
        execution: str,
        call: Callable[[], Awaitable[CancelOutcome]],
        last_words: Callable[[CancelOutcome], Awaitable[None]] | None = None,
    ) -> CancelOutcome:
        """How cancelled work takes leave of the server: shielded, bounded.

        Args:
            last_words: says what happened until the end, in what is left of the time.
        """
        outcome = CancelOutcome.UNREACHABLE
        self._cancel_emitted = True
        with anyio.move_on_after(CANCEL_SECONDS, shield=True):
            await self.emit(CancelStarted(execution=execution, reason=self._why()))
            outcome = await call()
            if last_words is not None:
                await last_words(outcome)
        with anyio.move_on_after(CANCEL_SECONDS, shield=True):
            await self.emit(
                CancelFinished(
                    execution=execution, outcome=outcome, seconds=time.monotonic() - self._cancelled_at
                )
            )
        return outcome

    def detach(self, result: RunFinished) -> None:
        """Cancelled work that has nothing to cancel on the server."""
        self._cancel_emitted = True
        self.result = result

    async def perform(self, work: Work) -> None:
        """The one task of a run."""
        with self._send:
            try:
                with self._work:
                    self.result = await work(self)
                finished = await self._closing()
            except RunError as error:
                finished = failed(error)
            except Exception as error:
                lack = shortage_error(error)
                # Not swallowed: it leaves open_stream() once the last event is out.
                self._bug = None if lack else error
                finished = failed(lack) if lack else _bug(error)
            self._over = True
            await self.emit(finished)

    async def _closing(self) -> RunFinished:
        if self.result is not None and not self._work.cancelled_caught:
            return self.result
        if not self._cancel_emitted:
            await self.emit(CancelStarted(execution="", reason=self._why()))
            await self.emit(
                CancelFinished(
                    execution="",
                    outcome=CancelOutcome.CONFIRMED,
                    seconds=time.monotonic() - self._cancelled_at,
                )
            )
        if self.result is not None:
            by_us = self.result.outcome in (Outcome.CANCELLED, Outcome.DETACHED)
            return replace(self.result, exit_code=self.exit_code) if by_us else self.result
        return RunFinished(
            outcome=Outcome.CANCELLED, exit_code=self.exit_code, error=f"cancelled ({self._why().value})"
        )

    @property
    def exit_code(self) -> int:
        return EXIT_CODES[self._why()]

    def _why(self) -> CancelReason:
        # Without a reason the caller's own scope was cancelled.
        return self.reason or CancelReason.INTERRUPTED


@asynccontextmanager
async def open_stream(work: Work, *, timeout: float | None = None) -> AsyncIterator[Run]:
    """Leaving early cancels the run. A bug of ours is raised on leaving, after RunFinished was emitted."""
    run = Run()
    timer = None
    if timeout is not None:
        timer = asyncio.get_running_loop().call_later(timeout, run.cancel, CancelReason.TIMEOUT)
    try:
        async with anyio.create_task_group() as group:
            group.start_soon(run.perform, work)
            try:
                yield run
            finally:
                run.cancel(CancelReason.INTERRUPTED)
                run._receive.close()
    except BaseExceptionGroup as errors:
        # perform() never raises: this is what the caller's own block raised.
        if len(errors.exceptions) == 1:
            raise errors.exceptions[0] from None
        raise
    finally:
        if timer is not None:
            timer.cancel()
    if run._bug is not None:
        raise run._bug


def failed(error: RunError) -> RunFinished:
    return RunFinished(
        outcome=Outcome.ERROR,
        exit_code=error.exit_code,
        execution=error.facts.get("execution", ""),
        error=error.message,
        hint=error.hint,
        details=error.details,
        facts=error.facts,
        echoed=error.echoed,
        mistakes=error.mistakes,
    )


def _bug(error: Exception) -> RunFinished:
    return RunFinished(
        outcome=Outcome.ERROR,
        exit_code=EXIT_FAILED,
        error=f"a bug in this program: {type(error).__name__}: {error}",
        facts={"type": type(error).__name__},
    )
