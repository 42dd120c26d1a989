"""Executions that nobody follows: of loops that were killed, and our own when we lost sight of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable
from functools import partial
from pathlib import Path

import anyio

from devloop.loop import events
from devloop.loop.cancelling import GONE, cancel_executions, cancel_leftovers, owned_by
from devloop.loop.connection import BackendConnection
from devloop.loop.events import LoopEvent
from devloop.loop.generation import Generation
from devloop.loop.leases import Lease
from runcmd.backend.calls import Backend, open_backend
from runcmd.events import CancelOutcome, Outcome, RunFinished

OVER = (Outcome.SUCCEEDED, Outcome.FAILED, Outcome.CANCELLED)


class Orphans:
    """Knows what this loop has started and not seen the end of."""

    def __init__(
        self,
        lease: Lease | None,
        leases: Path | None,
        connection: BackendConnection,
        emit: Callable[[LoopEvent], None],
        running: Callable[[], Iterable[Generation]] = tuple,
        owned_by: Callable[[str, Backend], Awaitable[list[str]]] = owned_by,
    ) -> None:
        self._owned_by = owned_by
        self._running = running
        self._lease = lease
        self._leases = leases
        self._connection = connection
        self._emit = emit
        self._lock = anyio.Lock()
        self._leftovers_cancelled = False
        self._unstoppable: set[str] = set()  # the backend cannot cancel them, which is said once
        self._in_doubt = False  # an execution may have been created of which we did not hear
        self._creating: set[Generation] = set()  # the backend has yet to say what it created for them
        self._creations = 0
        self._created = anyio.Event()

    def creating(self, generation: Generation) -> None:
        """The backend is about to be asked for an execution."""
        self._creating.add(generation)
        self._creations += 1

    def created(self, generation: Generation, execution: str) -> None:
        """From now on somebody has to see the end of it."""
        self._heard(generation)
        if self._lease is not None:
            self._lease.add(execution)

    def cannot_cancel(self, execution: str) -> None:
        """Its backend cannot cancel."""
        self._unstoppable.add(execution)

    def how_to_stop(self, execution: str) -> str:
        """A sentence, for somebody who wants to."""
        if execution in self._unstoppable:
            return "this server cannot cancel it"
        return f"stop it with: {self._connection.command('executions cancel', execution)}"

    def ended(self, generation: Generation, finished: RunFinished, execution: str) -> None:
        """A run is over. Its execution is unknown where the backend did not say whether it created one."""
        self._heard(generation)
        self._in_doubt |= not execution
        if self._lease is not None and finished.outcome in OVER:
            self._lease.drop(finished.execution)

    def left(self, generation: Generation) -> None:
        """However it went."""
        self._heard(generation)

    def _heard(self, generation: Generation) -> None:
        self._creating.discard(generation)
        self._created.set()
        self._created = anyio.Event()

    async def cancel(self, gen: int) -> None:
        """Ends them all, but not what runs. Raises BackendError."""
        async with self._lock:  # what several targets begin at the same time is looked at once
            report = partial(self._report, gen)
            if self._leases is not None and not self._leftovers_cancelled:
                await cancel_leftovers(self._leases, self._connection.address, report)
                self._leftovers_cancelled = True
            if self._lease is not None and (self._lost(self._lease) or self._in_doubt):
                await self._cancel_own(self._lease, report)

    def _lost(self, lease: Lease, unheard: Collection[str] = ()) -> list[str]:
        followed = {each.record.execution for each in self._running() if each.record is not None}
        others = followed | self._unstoppable
        return [each for each in dict.fromkeys((*lease.executions, *unheard)) if each not in others]

    async def _cancel_own(self, lease: Lease, report: Callable[[str, CancelOutcome], None]) -> None:
        in_doubt, self._in_doubt = self._in_doubt, False
        try:
            async with open_backend(await self._connection.address()) as backend:
                lost = self._lost(lease, await self._unheard(lease, backend) if in_doubt else ())
                for execution, outcome in zip(
                    lost, await cancel_executions(lost, backend, report), strict=True
                ):
                    if outcome in GONE:
                        lease.drop(execution)
            in_doubt = False
        finally:
            self._in_doubt |= in_doubt

    async def _unheard(self, lease: Lease, backend: Backend) -> list[str]:
        """What goes on in our name. What is just being created for another run would be among it."""
        while True:
            while self._creating:
                await self._created.wait()
            creations = self._creations
            found = await self._owned_by(lease.owner, backend)
            if creations == self._creations:
                return found

    def _report(self, gen: int, execution: str, outcome: CancelOutcome) -> None:
        if outcome is CancelOutcome.UNSUPPORTED:
            self._unstoppable.add(execution)
        hint = "" if outcome in GONE else self.how_to_stop(execution)
        self._emit(events.LeftoverCancelled(gen=gen, execution=execution, outcome=outcome, hint=hint))
