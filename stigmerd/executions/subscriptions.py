"""Snapshots of an execution for those who watch it, until its end."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import NamedTuple

import anyio

from stigmer_api.devloop_pb2 import Note, TokenUsage
from stigmer_api.messages import copied
from stigmer_api.workflowexecution_pb2 import ExecutionPhase, WorkflowExecution
from stigmerd.executions.fold import ended
from stigmerd.executions.live import Execution
from stigmerd.executions.note_book import Position
from stigmerd.executions.notes import Notes
from stigmerd.executions.registry import LiveExecutions
from stigmerd.store.disk import DatabaseFile


class CloseLook(NamedTuple):
    """What somebody who watches closely sees at a time."""

    execution: bytes  # serialised; empty: as before
    notes: list[Note]  # told since the last time
    usage: TokenUsage
    requests: Sequence[Note] = ()  # made since the last time


class Subscriptions:
    """Hands out snapshots to any number of watchers of each execution."""

    def __init__(self, live: LiveExecutions, notes: Notes, disk: DatabaseFile) -> None:
        self._live = live
        self._notes = notes
        self._disk = disk

    async def watch_wire(self, execution_id: str, *, partial: bool) -> AsyncIterator[bytes]:
        """The newest snapshot, then each newer one; a slow reader misses some, never the last.

        Each is serialised once for all watchers. Ends with the execution.
        Raises KeyError, also when the execution is deleted meanwhile.
        """
        # Versions are compared, not counted: no news can slip in between a read and a wait.
        live = self._live.find(execution_id)
        seen = -1
        while True:
            if live.version != seen:
                seen = live.version
                last = live.ended
                if last:
                    await self.end_on_disk(live.message)
                yield live.wire(partial)
                live.reached_subscriber()
                if last:
                    return
            else:
                await live.changed()
            if live.stale:
                live = self._live.find(execution_id)
                seen = -1

    async def watch_closely(
        self, execution_id: str, after: int, after_request: int | None = None
    ) -> AsyncIterator[CloseLook]:
        """As `watch_wire`, partial, and with the notes that have a higher number than `after`.

        Args:
            after_request: the same of its requests; None: they are not wanted.
        """
        live = self._live.find(execution_id)
        seen, position = -1, self._notes.book(live).position(after)
        asked = (
            self._notes.requests(live).position(after_request) if after_request is not None else Position()
        )
        while True:
            last = live.ended
            if last and live.version != seen:
                await self.end_on_disk(live.message)
            book = self._notes.book(live)
            notes, position = book.since(position)
            requests: Sequence[Note] = ()
            if after_request is not None:
                requests, asked = self._notes.requests(live).since(asked)
            if live.version != seen or notes or requests:
                execution = live.wire(True) if live.version != seen else b""
                seen = live.version
                yield CloseLook(execution, notes, book.tally.message(), requests)
                live.reached_subscriber()
                if last:
                    return
            else:
                await live.changed()
            if live.stale:
                live = self._live.find(execution_id)
                seen = -1

    async def ended(self, execution_id: str) -> Execution:
        """Waits for the terminal snapshot. Raises KeyError."""
        live = self._live.find(execution_id)
        while not live.ended:
            await live.over()
            if live.stale:
                live = self._live.find(execution_id)
        return copied(live.copy(True))

    async def end_on_disk(self, execution: Execution) -> None:
        """Waits until an end that is about to be reported survives a power cut. Raises StoreError.

        A workflow that only computes comes to the same end again; what it did outside is on the disk.
        """
        completed = execution.status.phase == ExecutionPhase.EXECUTION_COMPLETED
        if ended(execution.status) and not (completed and isinstance(execution, WorkflowExecution)):
            await self._disk.flushed()

    async def wait_for_subscriber(self, execution_id: str, seconds: float) -> None:
        """Waits until a watcher has got a snapshot, at most so many seconds. Raises KeyError."""
        with anyio.move_on_after(seconds):
            await self._live.find(execution_id).wait_for_subscriber()
