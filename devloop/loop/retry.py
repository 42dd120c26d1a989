"""Reaches the backend, however long that takes, and says once that it is gone."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from functools import partial

import anyio

from devloop.loop import events
from devloop.loop.connection import (
    GONE,
    BackendConnection,
    cancel_executions,
    cancel_leftovers,
    delays,
    owned_by,
)
from devloop.loop.events import LoopEvent
from devloop.loop.generation import Generation
from devloop.loop.prepare import KnownState
from devloop.loop.settings import LoopSettings
from runcmd.backend.calls import open_backend
from runcmd.errors import BackendError, shortages_as_errors
from runcmd.events import CancelOutcome
from runcmd.pipeline import Connect
from runcmd.plan import KnownResource
from runcmd.request import RunRequest

ANSWER_SECONDS = 1.0  # how long what the backend said is taken for what it has


class BackendRetry:
    """What a stage needs of a backend."""

    def __init__(self, plan: LoopSettings, emit: Callable[[LoopEvent], None]) -> None:
        self.closing = False  # of the loop: nobody waits for a backend any more
        self._plan = plan
        self._emit = emit
        self._link = BackendConnection(
            plan.connect, plan.lease.connected if plan.lease else lambda target: None
        )
        self._applies = 0  # attempts to deploy
        self._leftovers_cancelled = False
        self.unstoppable: set[str] = set()  # the backend cannot cancel, which is said once
        self.in_doubt = False  # an execution may have been created of which we were not told
        self._lost_at: float | None = None

    def for_run(self) -> Connect:
        return self._link.for_run()

    async def ask(self, request: RunRequest) -> KnownState | None:
        """What the backend has, asked before we know what to deploy; None: it does not say."""
        at, applies = time.monotonic(), self._applies
        known = await self._link.known(request)
        return None if known is None else KnownState(known=known, at=at, applies=applies)

    def known(self, answer: KnownState | None) -> tuple[KnownResource, ...] | None:
        """Not what was asked before we deployed something, or some time ago. And for one attempt only."""
        applies, self._applies = self._applies, self._applies + 1
        if answer is None or answer.applies != applies or time.monotonic() - answer.at > ANSWER_SECONDS:
            return None
        return answer.known

    async def retry_until_reachable(
        self, generation: Generation, attempt: Callable[[], Awaitable[None]]
    ) -> None:
        """Tries until the backend answers, or something newer comes. Raises RunError."""
        said = list(generation.held)
        for number, delay in enumerate(delays()):
            try:
                with anyio.CancelScope() as generation.attempt, shortages_as_errors():
                    await attempt()
                return
            except BackendError as error:
                if generation.begun:
                    raise
                lost = error
            generation.held = list(said)
            self._link.forget()
            if number > 0 and self._lost_at is None:
                self._lost_at = time.monotonic()
                self._emit(events.BackendLost(gen=generation.number, reason=lost.message, hint=lost.hint))
            if self.closing or await generation.unless_outdated(partial(_slept, delay)) is None:
                return

    def answered(self, generation: Generation) -> None:
        if self._lost_at is not None:
            seconds, self._lost_at = time.monotonic() - self._lost_at, None
            self._emit(events.BackendBack(gen=generation.number, seconds=seconds))

    async def cancel_orphans(self, generation: Generation, running: Generation | None) -> None:
        """Ends what nobody looks after: of loops that were killed, and of our own when we lost sight."""

        def cancelled(execution: str, outcome: CancelOutcome) -> None:
            self._emit(events.LeftoverCancelled(gen=generation.number, execution=execution, outcome=outcome))

        if self._plan.leases is not None and not self._leftovers_cancelled:
            await cancel_leftovers(self._plan.leases, self._link.address, cancelled)
            self._leftovers_cancelled = True
        lease = self._plan.lease
        others = {running.execution if running else "", *self.unstoppable}
        if lease is None or (set(lease.executions) <= others and not self.in_doubt):
            return
        async with open_backend(await self._link.address()) as backend:
            untold = await owned_by(lease.owner, backend) if self.in_doubt else []
            lost = [each for each in dict.fromkeys((*lease.executions, *untold)) if each not in others]
            for execution, outcome in zip(
                lost, await cancel_executions(lost, backend, cancelled), strict=True
            ):
                if outcome in GONE:
                    lease.drop(execution)
                elif outcome is CancelOutcome.UNSUPPORTED:
                    self.unstoppable.add(execution)
        self.in_doubt = False


async def _slept(seconds: float) -> bool:
    await anyio.sleep(seconds)
    return True
