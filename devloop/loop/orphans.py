"""Executions that nobody follows: of loops that were killed, and our own when we lost sight of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from devloop.loop import events
from devloop.loop.cancelling import GONE, cancel_executions, cancel_leftovers, owned_by
from devloop.loop.connection import BackendConnection
from devloop.loop.events import LoopEvent
from devloop.loop.leases import Lease
from runcmd.backend.calls import open_backend
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
    ) -> None:
        self._lease = lease
        self._leases = leases
        self._connection = connection
        self._emit = emit
        self._leftovers_cancelled = False
        self._unstoppable: set[str] = set()  # the backend cannot cancel them, which is said once
        self._in_doubt = False  # an execution may have been created of which we did not hear

    def created(self, execution: str) -> None:
        """From now on somebody has to see the end of it."""
        if self._lease is not None:
            self._lease.add(execution)

    def cannot_cancel(self, execution: str) -> None:
        """Its backend cannot cancel."""
        self._unstoppable.add(execution)

    def ended(self, finished: RunFinished, execution: str) -> None:
        """A run is over. Its execution is unknown where the backend did not say whether it created one."""
        self._in_doubt |= not execution
        if self._lease is not None and finished.outcome in OVER:
            self._lease.drop(finished.execution)

    async def cancel(self, gen: int, running: str) -> None:
        """Ends them all, but not what is `running`. Raises BackendError."""
        report = partial(self._report, gen)
        if self._leases is not None and not self._leftovers_cancelled:
            await cancel_leftovers(self._leases, self._connection.address, report)
            self._leftovers_cancelled = True
        lease = self._lease
        others = {running, *self._unstoppable}
        if lease is None or (set(lease.executions) <= others and not self._in_doubt):
            return
        async with open_backend(await self._connection.address()) as backend:
            unheard = await owned_by(lease.owner, backend) if self._in_doubt else []
            lost = [each for each in dict.fromkeys((*lease.executions, *unheard)) if each not in others]
            for execution, outcome in zip(lost, await cancel_executions(lost, backend, report), strict=True):
                if outcome in GONE:
                    lease.drop(execution)
                elif outcome is CancelOutcome.UNSUPPORTED:
                    self._unstoppable.add(execution)
        self._in_doubt = False

    def _report(self, gen: int, execution: str, outcome: CancelOutcome) -> None:
        self._emit(events.LeftoverCancelled(gen=gen, execution=execution, outcome=outcome))
