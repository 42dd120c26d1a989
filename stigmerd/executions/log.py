"""Writes all that executions say, and answers what they are now."""

from __future__ import annotations

import base64
import json
import logging
from contextlib import AbstractContextManager
from typing import Final

from stigmer_api.messages import copied
from stigmerd.executions import start_texts
from stigmerd.executions.fold import Status
from stigmerd.executions.journal import SMALL_BYTES, Journal
from stigmerd.executions.limits import STANDARD, RecordLimits, too_many_records
from stigmerd.executions.live import Execution, LiveExecution
from stigmerd.executions.masking import Masker, mask_message, mask_record
from stigmerd.executions.notes import Notes
from stigmerd.executions.questions import Questions
from stigmerd.executions.records import Began, Ended, Record, RecordCodec
from stigmerd.executions.registry import STATUS_MERGED, LiveExecutions
from stigmerd.executions.rows import created_at, kind_of, parent_of, reset, row_of
from stigmerd.executions.secrets import ExecutionSecrets
from stigmerd.executions.signals import SignalQueue
from stigmerd.executions.subscriptions import Subscriptions
from stigmerd.executions.truncate import truncate
from stigmerd.executions.variables import Layers, drop_contexts, overlay, quoting
from stigmerd.store.clock import now
from stigmerd.store.errors import Gone
from stigmerd.store.json import dumps, is_text
from stigmerd.store.store import Store
from stigmerd.store.vault import Vault, drop_callback_tokens

logger = logging.getLogger(__name__)

ALWAYS_ROOM_BYTES: Final = SMALL_BYTES // 16  # for a record that adds no more


class Executions:
    """Executions at work are kept in memory; those that ended only in the store."""

    def __init__(self, store: Store, vault: Vault, limits: RecordLimits = STANDARD) -> None:
        self._limits = limits
        self._store = store
        self._vault = vault
        self.live = LiveExecutions(store, vault, limits)
        self.secrets = ExecutionSecrets(store, vault, self.live)
        self.signals = SignalQueue(store.signals, vault, self.secrets, limits)
        self.notes = Notes(store.notes, store.requests, self.live, self.secrets)
        self.questions = Questions(self.record)
        self.subscriptions = Subscriptions(self.live, self.notes, store.disk)

    def add(self, execution: Execution, masker: Masker | None = None, layers: Layers | None = None) -> None:
        """Stores a new one, with an id, PENDING. Raises DuplicateId.

        `masker` and `layers` (with the execution's own variables) if they are known already.
        """
        message = copied(execution)
        drop_callback_tokens(message)
        if masker is None:
            masker = self.secrets.masker_of_new(message)
        for name in quoting(overlay([message.spec.runtime_env]), masker):
            message.spec.runtime_env[name].is_secret = True
            if layers is not None:
                layers.runtime_env[name].is_secret = True
        self._vault.encrypt_message(message)
        hidden = start_texts.hide(message, masker)
        reset(message)
        time = created_at(message)
        with self.live.changing(message.metadata.id):
            self._store.insert(row_of(message, created_at=time, updated_at=time))
            if parent := parent_of(message):
                self._store.executions.set_parent(message.metadata.id, parent)
            live = self.live.add(message)
            live.first_masker, live.layers = masker, layers
            if hidden:
                live.journal.put_encrypted(start_texts.JOURNAL_KEY, hidden)

    def update(self, execution: Execution) -> Execution:
        """Replaces metadata and spec; the status stays. Raises KeyError."""
        execution_id = execution.metadata.id
        live = self.live.find(execution_id)
        news = copied(execution)
        self._vault.encrypt_message(news)
        before = start_texts.hidden_in(live.journal)
        hidden = before
        if start_texts.texts_of(news) == start_texts.texts_of(self.spec(execution_id)):
            # Masked as before, also of a secret that is known no more.
            start_texts.write(news, start_texts.texts_of(live.message))
        else:
            hidden = start_texts.hide(news, self.secrets.masker_of(live))
        with self.live.changing(execution_id):
            if hidden != before:
                live.journal.put_encrypted(start_texts.JOURNAL_KEY, hidden)
            live.message.metadata.CopyFrom(news.metadata)
            live.message.spec.CopyFrom(news.spec)  # type: ignore[arg-type]
            stored = self._store.find(execution_id)
            time = stored.created_at if stored else now()
            self._store.replace(row_of(live.message, created_at=time, updated_at=now()))
        live.layers = live.masker = None
        live.publish()
        return self.get(execution_id)

    def get(self, execution_id: str) -> Execution:
        """A copy of what it is now, secrets redacted. Raises KeyError."""
        return copied(self.live.find(execution_id).copy(partial=True))

    def kind(self, execution_id: str) -> int:
        """Its ApiResourceKind. Raises KeyError."""
        live = self.live.at_work(execution_id)
        if live is not None:
            return kind_of(live.message)
        row = self._store.find(execution_id)
        if row is None:
            raise Gone(execution_id)
        return row.kind

    def spec(self, execution_id: str) -> Execution:
        """As get, with its secrets decrypted: for the inside of the server only."""
        live = self.live.find(execution_id)
        message = copied(live.message)
        self._vault.decrypt_message(message)
        start_texts.write(message, start_texts.hidden_in(live.journal))
        return message

    def unfinished(self) -> list[str]:
        """Ids of those that have not ended, oldest first."""
        return self._store.executions.unfinished()

    def record(self, execution_id: str, *records: Record) -> None:
        """Masks secrets, appends, folds and publishes, all or nothing. Raises KeyError, TooMuch.

        What comes after the end is ignored: a late answer of something that was cancelled.
        """
        live = self.live.find(execution_id)
        masker = self.secrets.masker_of(live)
        self._record(live, [_with_payload(mask_record(record, masker)) for record in records])

    def record_masked(self, execution_id: str, *records: Record) -> None:
        """As `record`, for records that the caller has masked."""
        self._record(self.live.find(execution_id), [_with_payload(record) for record in records])

    def records(self, execution_id: str) -> list[Record]:
        """All its records, without those that a later one repeats in full. Raises KeyError."""
        self.live.find(execution_id)
        return [
            RecordCodec.decode(name, values)
            for _, name, values in self._store.events.of(execution_id)
            if name in RecordCodec.TYPES
        ]

    def merge_status(self, execution_id: str, status: Status) -> Execution:
        """Merges an external runner's report; ignored after the end. Raises KeyError, TypeError, TooMuch."""
        live = self.live.find(execution_id)
        if not live.ended:
            if type(status) is not type(live.message.status):
                raise TypeError(f"{type(status).__name__} is not the status of {execution_id}")
            data = _masked(status, self.secrets.masker_of(live))
            payload = dumps({"status": base64.b64encode(data).decode("ascii")})
            _refuse_too_much(live, len(payload), self._limits.record_bytes)
            with self.live.changing(execution_id):
                self.notes.write(live)
                self._append_event(live, STATUS_MERGED, payload)
                live.merge(data)
                self._store_state(live)
            self._publish(live)
        return self.get(execution_id)

    def journal(self, execution_id: str) -> Journal:
        """The results of its calls, by key."""
        return self.live.journal(execution_id)

    def transaction(self) -> AbstractContextManager[None]:
        """All that is written in it is stored, or nothing of it."""
        return self._store.transaction()

    async def on_disk(self) -> None:
        """Waits until all that was written survives a power cut. Raises StoreError."""
        await self._store.disk.flushed()

    def forget(self, execution_id: str) -> None:
        """Deletes an execution, with all that belongs to it. Raises KeyError."""
        live = self.live.find(execution_id)
        self._store.delete(kind_of(live.message), execution_id)
        self.secrets.forget(execution_id)
        self.live.drop(execution_id)

    def _record(self, live: LiveExecution, prepared: list[tuple[Record, str]]) -> None:
        growth = sum(live.growth(*each) for each in prepared)
        _refuse_too_much(live, growth, self._limits.record_bytes)
        with self.live.changing(live.id):
            self.notes.write(live, requests=any(isinstance(record, Ended) for record, _ in prepared))
            new = [record for record, payload in prepared if self._append(live, record, payload)]
            if any(isinstance(record, Began | Ended) for record in new):
                self._store_state(live)
        if new:
            self._publish(live)

    def _append(self, live: LiveExecution, record: Record, payload: str) -> bool:
        """False: the execution has ended."""
        if live.ended:
            logger.debug("%s has ended: %s ignored", live.id, type(record).__name__)
            return False
        if live.grows_unwritten(record):
            live.fold(record)
            return True
        superseded, size = live.note_partial(record, live.last_seq + 1, len(payload))
        if superseded:
            self._store.events.drop(live.id, superseded)
            live.grow(-size)
        self._append_event(live, type(record).__name__, payload)
        live.fold(record)
        return True

    def _append_event(self, live: LiveExecution, name: str, payload: str) -> None:
        live.last_seq += 1
        live.grow(len(payload))
        self._store.events.append(live.id, live.last_seq, name, payload)

    def _store_state(self, live: LiveExecution) -> None:
        message = live.message
        if live.ended:
            drop_contexts(self._store, live.id)
            truncate(message)  # from now on this is all there is; before, it is folded from what was said
        self._store.executions.set_state(
            live.id, phase=message.status.phase, data=message.SerializeToString(), updated_at=now()
        )

    def _publish(self, live: LiveExecution) -> None:
        live.publish()
        if live.ended:
            self.questions.forget(live.id)
            self.live.retire(live)
            self.secrets.forget(live.id)


def _with_payload(record: Record) -> tuple[Record, str]:
    """The record and its JSON, without halves of surrogate pairs: neither SQLite nor protobuf takes them."""
    values = {field: getattr(record, field) for field in record.__slots__}
    payload = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
    if is_text(payload):
        return record, payload
    payload = payload.encode("utf-8", "replace").decode("utf-8")
    return RecordCodec.decode(type(record).__name__, json.loads(payload)), payload


def _refuse_too_much(live: LiveExecution, growth: int, most: int) -> None:
    if growth > ALWAYS_ROOM_BYTES and live.record_bytes + growth > most:
        raise too_many_records(most)


def _masked(status: Status, masker: Masker) -> bytes:
    twin = copied(status)
    mask_message(twin, masker)
    drop_callback_tokens(twin)
    return twin.SerializeToString()
