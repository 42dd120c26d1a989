"""Finds executions: those at work in memory, those that ended in the store."""

from __future__ import annotations

import base64
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from stigmer_api.agentexecution_pb2 import AgentExecution
from stigmer_api.facts import EXECUTION_KINDS, ResourceKind
from stigmer_api.workflowexecution_pb2 import WorkflowExecution
from stigmerd.executions.fold import ended
from stigmerd.executions.journal import Journal
from stigmerd.executions.limits import RecordLimits
from stigmerd.executions.live import Execution, LiveExecution
from stigmerd.executions.records import RecordCodec
from stigmerd.executions.rows import reset, row_of
from stigmerd.process.memory import Returner
from stigmerd.store.errors import Gone
from stigmerd.store.rows import Row
from stigmerd.store.store import Store
from stigmerd.store.vault import Vault
from stigmerd.workflow.held import Held, SharedLimit

COPIES: Final = 2  # of a message that is at work: one for its readers
STATUS_MERGED: Final = "StatusMerged"  # an event that is no record: an external runner's report


class LiveExecutions:
    """Finds an execution by its id. `memory` and `shared`: what all of those at work hold."""

    def __init__(self, store: Store, vault: Vault, limits: RecordLimits) -> None:
        self.memory = Returner()
        self.shared = SharedLimit(limits.shared_bytes)
        self._store = store
        self._vault = vault
        self._limits = limits
        self._at_work: dict[str, LiveExecution] = {}

    def find(self, execution_id: str) -> LiveExecution:
        """Raises KeyError."""
        live = self._at_work.get(execution_id)
        if live is not None:
            return live
        row = self._store.find(execution_id)
        if row is None or row.kind not in EXECUTION_KINDS:
            raise Gone(execution_id)
        live = self._load(row)
        if not live.ended:
            self._hold(live)
        return live

    def annotate(self, execution_id: str, name: str, text: str) -> None:
        """Also of one that has ended, which stays as old as it is. Raises KeyError."""
        live = self.find(execution_id)
        stored = self._store.find(execution_id)
        assert stored is not None, "it was found"
        live.message.metadata.annotations[name] = text
        times = {"created_at": stored.created_at, "updated_at": stored.updated_at}
        with self.changing(execution_id):
            self._store.replace(row_of(live.message, **times))
        live.publish()

    @property
    def count(self) -> int:
        """How many are at work."""
        return len(self._at_work)

    def all(self) -> tuple[LiveExecution, ...]:
        """Those at work."""
        return tuple(self._at_work.values())

    def at_work(self, execution_id: str) -> LiveExecution | None:
        """Only one at work."""
        return self._at_work.get(execution_id)

    def add(self, message: Execution) -> LiveExecution:
        """A new one, stored already."""
        live = self._live(message)
        self._hold(live)
        return live

    def journal(self, execution_id: str) -> Journal:
        """The same for all who ask while it works: it keeps count."""
        live = self._at_work.get(execution_id)
        return live.journal if live is not None else self._journal(execution_id)

    @contextmanager
    def changing(self, execution_id: str) -> Iterator[None]:
        """One transaction; when it fails, memory forgets what the store does not know."""
        with self._store.transaction():
            self._store.on_rollback(lambda: self.drop(execution_id))
            yield

    def drop(self, execution_id: str) -> None:
        """Forgets it: those who wait find it again in the store, or not at all."""
        live = self._at_work.pop(execution_id, None)
        if live is not None:
            live.held.release()
            live.mark_stale()

    def retire(self, live: LiveExecution) -> None:
        """After its end: watchers keep their copy, and memory is released."""
        self.memory.gone(live.held.bytes)
        live.held.release()
        self._at_work.pop(live.id, None)

    def _hold(self, live: LiveExecution) -> None:
        live.held.take(COPIES * live.message.ByteSize())
        live.record_bytes = self._store.events.bytes_of(live.id)
        self._at_work[live.id] = live

    def _load(self, row: Row) -> LiveExecution:
        """The stored message; while it has not ended, folded anew from what it said."""
        agent = row.kind == ResourceKind.AGENT_EXECUTION
        message: Execution = AgentExecution() if agent else WorkflowExecution()
        message.ParseFromString(row.data)
        if ended(message.status):
            return self._live(message)
        reset(message)
        live = self._live(message)
        live.reopened = True
        for seq, name, values in self._store.events.of(row.id):
            live.last_seq = seq
            if name == STATUS_MERGED:
                live.merge(base64.b64decode(values["status"]))
            elif name in RecordCodec.TYPES:
                record = RecordCodec.decode(name, values)
                live.note_partial(record, seq, 0)
                live.fold(record)
        return live

    def _live(self, message: Execution) -> LiveExecution:
        held = Held(sys.maxsize, self.shared)
        return LiveExecution(message, self._journal(message.metadata.id), held)

    def _journal(self, execution_id: str) -> Journal:
        return Journal(self._store.journal, self._vault, execution_id, self._limits.journal_bytes)
