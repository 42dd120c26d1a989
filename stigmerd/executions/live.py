"""One execution in memory: folded record by record, copied once for all who read the same version."""

from __future__ import annotations

import asyncio
import time
from typing import Final

import anyio

from stigmer_api.agentexecution_pb2 import AgentExecution
from stigmer_api.messages import copied
from stigmer_api.workflowexecution_pb2 import WorkflowExecution
from stigmerd.executions.fold import Fold, drop_partial, ended, merge_status
from stigmerd.executions.journal import Journal
from stigmerd.executions.masking import Masker
from stigmerd.executions.note_book import NoteBook
from stigmerd.executions.records import Ended, MessageSet, Record
from stigmerd.executions.truncate import truncate
from stigmerd.executions.variables import Layers
from stigmerd.store.vault import redact
from stigmerd.workflow.held import Held

Execution = WorkflowExecution | AgentExecution

RESTS = 4  # a big execution that changes all the time spends at most a fifth of its time on copies
SHORTEST_REST_SECONDS = 0.002
NO_EVENT: Final = 0, 0
UNWRITTEN_SECONDS: Final = 0.5


class LiveExecution:
    """The newest state, its copies, and events for those who wait for the next one."""

    def __init__(self, message: Execution, journal: Journal, held: Held) -> None:
        self.message = message  # secrets encrypted, as in the store
        self.journal = journal  # one for all who ask: it keeps count
        self.held = held
        self.last_seq = 0  # number of the last stored event
        self.record_bytes = 0  # of all records
        self.layers: Layers | None = None
        self.masker: Masker | None = None
        self.first_masker: Masker | None = None  # most likely the one above: held, so that it is found again
        self.version = 0
        self.notes: NoteBook | None = None  # None: nobody has asked for it yet
        self.requests: NoteBook | None = None  # likewise
        self.note_timer: asyncio.TimerHandle | None = None
        self.news_timer: asyncio.TimerHandle | None = None
        self.news_at = 0.0
        self.reopened = False  # found in the store: it began in a backend that has ended
        self.stale = False  # memory and store differ: find the execution again
        self._fold = Fold(message.status)
        # Sub-agent and index of a message → number and size of the event with its unfinished text.
        self._partial_events: dict[tuple[str, int], tuple[int, int]] = {}
        self._partial_at: dict[tuple[str, int], float] = {}  # when that was written
        self._copies: dict[bool, Execution] = {}
        self._wire: dict[bool, bytes] = {}
        self._changed: anyio.Event | None = None
        self._over: anyio.Event | None = None
        self._reached_subscriber = anyio.Event()
        self._copied_at = self._copy_seconds = 0.0

    @property
    def id(self) -> str:
        return self.message.metadata.id

    @property
    def ended(self) -> bool:
        return ended(self.message.status)

    def fold(self, record: Record) -> None:
        self._fold.add(record)

    def merge(self, status: bytes) -> None:
        """An external runner's report, serialised."""
        mine = self.message.status
        merge_status(mine, type(mine).FromString(status))
        self._fold = Fold(mine)

    def grow(self, size: int) -> None:
        """Counts the bytes of a new record; negative for one that is dropped."""
        self.record_bytes += size
        self.held.take(size)

    def growth(self, record: Record, payload: str) -> int:
        """Bytes that a record would add; 0 for the end, for which there is always room."""
        if isinstance(record, Ended):
            return 0
        key = (record.sub_agent, record.index) if isinstance(record, MessageSet) else ("", -1)
        return len(payload) - self._partial_events.get(key, NO_EVENT)[1]

    def grows_unwritten(self, record: Record) -> bool:
        """An unfinished text that was written down a moment ago: whoever watches sees it grow at once.

        A backend that is killed loses that moment of it; the model is asked again then anyhow.
        """
        if not isinstance(record, MessageSet) or record.complete:
            return False
        written = self._partial_at.get((record.sub_agent, record.index))
        return written is not None and time.monotonic() - written < UNWRITTEN_SECONDS

    def note_partial(self, record: Record, seq: int, size: int) -> tuple[int, int]:
        """Notes where the unfinished text of a message is stored.

        Returns number and size of the event that this one supersedes.
        """
        if not isinstance(record, MessageSet):
            return NO_EVENT
        key = record.sub_agent, record.index
        superseded = self._partial_events.pop(key, NO_EVENT)
        self._partial_at.pop(key, None)
        if not record.complete:
            self._partial_events[key] = seq, size
            self._partial_at[key] = time.monotonic()
        return superseded

    def copy(self, partial: bool) -> Execution:
        """Shared by all who read this version: not to be changed. Secrets redacted."""
        found = self._copies.get(partial)
        if found is None:
            began_at = time.perf_counter()
            found = copied(self.message)
            redact(found)
            if not partial:
                drop_partial(found.status)
            truncate(found)
            self._copies[partial] = found
            self._copied_at = time.perf_counter()
            self._copy_seconds = self._copied_at - began_at
        return found

    def wire(self, partial: bool) -> bytes:
        """The same, serialised."""
        found = self._wire.get(partial)
        if found is None:
            found = self._wire[partial] = self.copy(partial).SerializeToString()
        return found

    def publish(self) -> None:
        """The message changed: wakes those who wait."""
        self.version += 1
        self._copies.clear()
        self._wire.clear()
        self.wake()

    def mark_stale(self) -> None:
        """Memory and store differ: wakes those who wait, to find the execution again."""
        self.stale = True
        self.wake()

    async def changed(self) -> None:
        """Waits until the next publish or mark_stale; longer when copies take long, except for the last."""
        await self._news()
        rest = self._copied_at + RESTS * self._copy_seconds - time.perf_counter()
        if rest > SHORTEST_REST_SECONDS:
            with anyio.move_on_after(rest):
                while not (self.ended or self.stale):
                    await self._news()

    def reached_subscriber(self) -> None:
        """A watcher has got a version."""
        self._reached_subscriber.set()

    async def wait_for_subscriber(self) -> None:
        await self._reached_subscriber.wait()

    async def over(self) -> None:
        """Waits until its end or mark_stale, not woken by what happens before."""
        if not (self.ended or self.stale):
            if self._over is None:
                self._over = anyio.Event()
            await self._over.wait()

    async def _news(self) -> None:
        if self._changed is None:
            self._changed = anyio.Event()
        await self._changed.wait()

    def wake(self) -> None:
        """Something is new, if not of the message, then of its notes."""
        if self._changed is not None:
            self._changed.set()
            self._changed = None
        if self._over is not None and (self.ended or self.stale):
            self._over.set()
            self._over = None
