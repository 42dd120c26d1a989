"""The one write path of everything an execution says, and the one place to watch it."""

from __future__ import annotations

import base64
import json
import logging
import sys
from collections.abc import AsyncIterator, Callable, Collection, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Literal, TypeVar

import anyio

from stigmer_api.agentexecution_pb2 import AgentExecution
from stigmer_api.facts import EXECUTION_KINDS, ResourceKind
from stigmer_api.workflowexecution_pb2 import ExecutionPhase, WorkflowExecution
from stigmerd.executions import start_texts
from stigmerd.executions.client_env import JOURNAL_KEY, NOTHING, ClientEnv
from stigmerd.executions.fold import Fold, Status, ended, merge_status
from stigmerd.executions.journal import SMALL_BYTES, Journal
from stigmerd.executions.limits import STANDARD, RecordLimits, TooMuch, too_much_said
from stigmerd.executions.live import Execution, LiveExecution, copied
from stigmerd.executions.masking import Masker, mask_message, mask_record, masker_of
from stigmerd.executions.records import Began, Ended, MessageSet, Record, RecordCodec
from stigmerd.executions.rows import created_at, kind_of, reset, row_of
from stigmerd.executions.signals import WaitingSignal
from stigmerd.executions.truncate import truncate
from stigmerd.executions.variables import Layers, Variables, drop_contexts, layers_of, overlay, quoting
from stigmerd.process.memory import Returner
from stigmerd.store.clock import now
from stigmerd.store.errors import Gone
from stigmerd.store.events import Missing, Written, dumps, is_text
from stigmerd.store.json import Json
from stigmerd.store.store import Row, Store
from stigmerd.store.vault import ENCRYPTED, Vault, drop_callback_tokens
from stigmerd.workflow.held import Held, SharedLimit, in_mebibytes

logger = logging.getLogger(__name__)

CARRIED = "services/carried"  # in the journal: secrets that its variables do not have
COPIES = 2  # of a message that is at work: one for its readers
NO_EVENT = 0, 0
STATUS_MERGED = "StatusMerged"  # an event that is no record: an external runner's report

T = TypeVar("T")


class Executions:
    """Executions at work are kept in memory; those that ended only in the store."""

    def __init__(self, store: Store, vault: Vault, limits: RecordLimits = STANDARD) -> None:
        self._limits = limits
        self.shared = SharedLimit(limits.shared_bytes)
        self.memory = Returner()
        self._store = store
        self._vault = vault
        self._live: dict[str, LiveExecution] = {}
        self._client_envs: dict[str, ClientEnv] = {}

    def add(self, execution: Execution, masker: Masker | None = None, layers: Layers | None = None) -> None:
        """Stores a new one, with an id, PENDING. Raises DuplicateId.

        `masker` and `layers` (with the execution's own variables) if they are known already.
        """
        message = copied(execution)
        drop_callback_tokens(message)
        if masker is None:
            masker = self._masker_of_new(message)
        for name in quoting(overlay([message.spec.runtime_env]), masker):
            message.spec.runtime_env[name].is_secret = True
            if layers is not None:
                layers.runtime_env[name].is_secret = True
        self._vault.encrypt_message(message)
        hidden = start_texts.hide(message, masker)
        reset(message)
        time = created_at(message)
        with self._changing(message.metadata.id):
            self._store.insert(row_of(message, created_at=time, updated_at=time))
            snapshots = self._live[message.metadata.id] = self._held(LiveExecution(message))
            snapshots.first_masker, snapshots.layers = masker, layers
            if hidden:
                self.encrypt(message.metadata.id, start_texts.JOURNAL_KEY, hidden)

    def update(self, execution: Execution) -> Execution:
        """Replaces metadata and spec; the status stays. Raises KeyError."""
        execution_id = execution.metadata.id
        snapshots = self._find(execution_id)
        news = copied(execution)
        self._vault.encrypt_message(news)
        before = self._start_texts(execution_id)
        hidden = before
        if start_texts.texts_of(news) == start_texts.texts_of(self.spec(execution_id)):
            # Masked as before, also of a secret that is known no more.
            start_texts.write(news, start_texts.texts_of(snapshots.message))
        else:
            hidden = start_texts.hide(news, self._masker(snapshots))
        with self._changing(execution_id):
            if hidden != before:
                self.encrypt(execution_id, start_texts.JOURNAL_KEY, hidden)
            snapshots.message.metadata.CopyFrom(news.metadata)
            snapshots.message.spec.CopyFrom(news.spec)  # type: ignore[arg-type]
            stored = self._store.find(execution_id)
            time = stored.created_at if stored else now()
            self._store.replace(row_of(snapshots.message, created_at=time, updated_at=now()))
        snapshots.layers = snapshots.masker = None
        snapshots.publish()
        return self.get(execution_id)

    def get(self, execution_id: str, *, partial: bool = True) -> Execution:
        """A copy of what it is now, secrets redacted. Raises KeyError."""
        return copied(self._find(execution_id).copy(partial))

    def kind(self, execution_id: str) -> int:
        """Its ApiResourceKind. Raises KeyError."""
        live = self._live.get(execution_id)
        if live is not None:
            return kind_of(live.message)
        row = self._store.find(execution_id)
        if row is None:
            raise Gone(execution_id)
        return row.kind

    def spec(self, execution_id: str) -> Execution:
        """As get, with its secrets open: for the inside of the server only."""
        message = copied(self._find(execution_id).message)
        self._vault.decrypt_message(message)
        start_texts.write(message, self._start_texts(execution_id))
        return message

    def record(self, execution_id: str, *records: Record) -> None:
        """Masks secrets, appends, folds and publishes, all or nothing. Raises KeyError, TooMuch.

        What comes after the end is ignored: a late answer of something that was cancelled.
        """
        snapshots = self._find(execution_id)
        spoken = [_speak(mask_record(record, self._masker(snapshots))) for record in records]
        self._refuse_too_much(snapshots, sum(_growth(snapshots, *each) for each in spoken))
        with self._changing(execution_id):
            new = [record for record, payload in spoken if self._append(snapshots, record, payload)]
            if any(isinstance(record, Began | Ended) for record in new):
                self._store_state(snapshots)
        if new:
            self._published(snapshots)

    def records(self, execution_id: str) -> list[Record]:
        """All that it said, without what was said again in full later. Raises KeyError."""
        self._find(execution_id)
        return [
            RecordCodec.decode(name, values)
            for _, name, values in self._store.events.of(execution_id)
            if name in RecordCodec.TYPES
        ]

    @property
    def at_work(self) -> int:
        """How many are in memory: those that have not ended."""
        return len(self._live)

    def live(self) -> list[str]:
        """Those that have not ended, oldest first."""
        return self._store.live_executions()

    async def watch(self, execution_id: str, *, partial: bool) -> AsyncIterator[Execution]:
        """The newest snapshot, then each newer one; a slow reader misses some, never the last.

        Ends with the execution. The messages are shared: not to be changed.
        Raises KeyError, also when the execution is deleted meanwhile.
        """
        async for snapshot in self._each(execution_id, lambda snapshots: snapshots.copy(partial)):
            yield snapshot

    async def watch_wire(self, execution_id: str, *, partial: bool) -> AsyncIterator[bytes]:
        """As watch, serialised once for all watchers."""
        async for snapshot in self._each(execution_id, lambda snapshots: snapshots.wire(partial)):
            yield snapshot

    async def ended(self, execution_id: str) -> Execution:
        """Waits for the terminal snapshot. Raises KeyError."""
        snapshots = self._find(execution_id)
        while not snapshots.ended:
            await snapshots.over()
            if snapshots.stale:
                snapshots = self._find(execution_id)
        return copied(snapshots.copy(True))

    async def on_disk(self) -> None:
        """All that was said and journalled outlives a power cut. Raises StoreError."""
        await self._store.on_disk()

    async def end_on_disk(self, execution: Execution) -> None:
        """Before anybody hears of an end that a power cut might undo. Raises StoreError.

        A workflow that only computes comes to the same end again; what it did outside is on the disk.
        """
        completed = execution.status.phase == ExecutionPhase.EXECUTION_COMPLETED
        if ended(execution.status) and not (completed and isinstance(execution, WorkflowExecution)):
            await self.on_disk()

    async def wait_for_subscriber(self, execution_id: str, seconds: float) -> None:
        """Until somebody who watches has got a snapshot, and no longer than that. Raises KeyError."""
        with anyio.move_on_after(seconds):
            await self._find(execution_id).wait_for_subscriber()

    def merge_status(self, execution_id: str, status: Status) -> Execution:
        """The report of an external runner; ignored after the end. Raises KeyError, TypeError, TooMuch."""
        snapshots = self._find(execution_id)
        if not snapshots.ended:
            if type(status) is not type(snapshots.message.status):
                raise TypeError(f"{type(status).__name__} is not the status of {execution_id}")
            data = _masked(status, self._masker(snapshots))
            payload = dumps({"status": base64.b64encode(data).decode("ascii")})
            self._refuse_too_much(snapshots, len(payload))
            with self._changing(execution_id):
                self._append_event(snapshots, STATUS_MERGED, payload)
                _merge(snapshots, data)
                self._store_state(snapshots)
            self._published(snapshots)
        return self.get(execution_id)

    def journal(self, execution_id: str) -> Journal:
        """One for all who ask while it works: it keeps count."""
        live = self._live.get(execution_id)
        if live is None:
            return self._journal(execution_id)
        if live.journal is None:
            live.journal = self._journal(execution_id)
        return live.journal

    def encrypt(self, execution_id: str, key: str, value: Json) -> None:
        """Into the journal, encrypted. Raises KeyError."""
        encrypted = self._vault.encrypt(dumps(value), name=f"{execution_id}/{key}")
        self.journal(execution_id).put(key, encrypted)

    def decrypted(self, execution_id: str, key: str) -> Json | Literal[Missing.MISSING]:
        """What `encrypt` put under this key. Raises VaultError."""
        encrypted = self.journal(execution_id).get(key)
        if encrypted is Missing.MISSING:
            return encrypted
        return json.loads(self._vault.decrypt(str(encrypted), name=f"{execution_id}/{key}"))

    def add_signal(self, execution_id: str, signal_id: str, payload: Json) -> None:
        """Kept until a task takes it, encrypted if the execution has secrets. Raises KeyError, TooMuch."""
        number, size = self._store.events.waiting_signals(execution_id)
        if number >= self._limits.signals or size >= self._limits.signal_bytes:
            raise TooMuch(
                f"{number} signals ({in_mebibytes(size)}) wait for a task that takes them: "
                "send the next one when it has"
            )
        text = dumps(payload)
        if text.startswith(f'"{ENCRYPTED}') or self.masker(execution_id):
            text = dumps(self._vault.encrypt(text, name=f"{execution_id}/signal/{signal_id}"))
        self._store.events.add_signal(execution_id, signal_id, Written(text))

    def take_signal(self, execution_id: str, signal_id: str) -> Json | Literal[Missing.MISSING]:
        """The oldest one with this id, or MISSING. Raises VaultError."""
        signal = self.waiting_signal(execution_id, signal_id)
        if signal is None:
            return Missing.MISSING
        self.drop_signal(signal)
        return signal.payload()

    def waiting_signal(self, execution_id: str, signal_id: str) -> WaitingSignal | None:
        """The oldest one with this id. It stays until it is dropped."""
        found = self._store.events.waiting_signal(execution_id, signal_id)
        if found is None:
            return None
        name = f"{execution_id}/signal/{signal_id}"
        return WaitingSignal(number=found[0], text=found[1], name=name, vault=self._vault)

    def drop_signal(self, signal: WaitingSignal) -> bool:
        """False when somebody else was quicker."""
        return self._store.events.drop_signal(signal.number)

    def carry(self, execution_id: str, values: Collection[str]) -> None:
        """More secrets than its variables have: of whoever started it, and what it made of its own."""
        more = set(values) - self.secrets(execution_id)
        if more:
            self.encrypt(execution_id, CARRIED, sorted(self._carried(execution_id) | more))
            self._find(execution_id).masker = None

    def secrets(self, execution_id: str) -> frozenset[str]:
        """All but those that came from a shell, which are stored nowhere. Raises KeyError."""
        return self._layers(self._find(execution_id)).secret_values() | self._carried(execution_id)

    def set_client_env(self, execution_id: str, client_env: ClientEnv) -> None:
        """Kept until its end, or that of this process. Raises KeyError."""
        if not client_env.names:
            return
        snapshots = self._find(execution_id)
        with self.transaction():
            self._store.on_rollback(lambda: self._client_envs.pop(execution_id, None))
            self.journal(execution_id).put(JOURNAL_KEY, list(client_env.names))
            self._client_envs[execution_id] = client_env
        snapshots.masker = None

    def client_env(self, execution_id: str) -> ClientEnv:
        """Without values when these are lost."""
        known = self._client_envs.get(execution_id)
        if known is None:
            names = self.journal(execution_id).get(JOURNAL_KEY)
            known = NOTHING if names is Missing.MISSING else ClientEnv(names=tuple(names))
        return known

    def transaction(self) -> AbstractContextManager[None]:
        """All that is written in it, or nothing of it."""
        return self._store.transaction()

    def forget(self, execution_id: str) -> None:
        """Deletes all of it. Raises KeyError."""
        snapshots = self._find(execution_id)
        self._store.delete(kind_of(snapshots.message), execution_id)
        self._client_envs.pop(execution_id, None)
        self._drop(execution_id)

    def variables(self, execution_id: str) -> Variables:
        """What it sees, via instance and template.

        Raises KeyError, MissingVariables, MissingEnvironment, VaultError.
        """
        return self._layers(self._find(execution_id)).merged()

    def masker(self, execution_id: str) -> Masker:
        """Hides every secret that the execution can see. Raises KeyError."""
        return self._masker(self._find(execution_id))

    def of_row(self, row: Row, *, partial: bool = True) -> Execution:
        """As get, for a row that a list found."""
        if row.id in self._live:
            return self.get(row.id, partial=partial)
        return self._load(row).copy(partial)

    async def _each(self, execution_id: str, read: Callable[[LiveExecution], T]) -> AsyncIterator[T]:
        # Versions are compared, not counted: no news can slip in between a look and a wait.
        snapshots = self._find(execution_id)
        seen = -1
        while True:
            if snapshots.version != seen:
                seen = snapshots.version
                last = snapshots.ended
                if last:
                    await self.end_on_disk(snapshots.message)
                yield read(snapshots)
                snapshots.reached_subscriber()
                if last:
                    return
            else:
                await snapshots.changed()
            if snapshots.stale:
                snapshots = self._find(execution_id)
                seen = -1

    def _find(self, execution_id: str) -> LiveExecution:
        live = self._live.get(execution_id)
        if live is not None:
            return live
        row = self._store.find(execution_id)
        if row is None or row.kind not in EXECUTION_KINDS:
            raise Gone(execution_id)
        snapshots = self._load(row)
        if not snapshots.ended:
            self._live[execution_id] = self._held(snapshots)
        return snapshots

    def _held(self, snapshots: LiveExecution) -> LiveExecution:
        snapshots.held = Held(sys.maxsize, self.shared)
        snapshots.held.take(COPIES * snapshots.message.ByteSize())
        snapshots.said_bytes = self._store.events.said_bytes(snapshots.id)
        return snapshots

    def _journal(self, execution_id: str) -> Journal:
        return Journal(self._store.events, execution_id, self._limits.journal_bytes)

    def _refuse_too_much(self, snapshots: LiveExecution, growth: int) -> None:
        if growth > SMALL_BYTES // 16 and snapshots.said_bytes + growth > self._limits.said_bytes:
            raise too_much_said(self._limits.said_bytes)

    def _load(self, row: Row) -> LiveExecution:
        """The stored message; while it has not ended, folded anew from what it said."""
        agent = row.kind == ResourceKind.AGENT_EXECUTION
        message: Execution = AgentExecution() if agent else WorkflowExecution()
        message.ParseFromString(row.data)
        snapshots = LiveExecution(message)
        if snapshots.ended:
            return snapshots
        reset(message)
        snapshots = LiveExecution(message)
        for seq, name, values in self._store.events.of(row.id):
            snapshots.last_seq = seq
            if name == STATUS_MERGED:
                _merge(snapshots, base64.b64decode(values["status"]))
            elif name in RecordCodec.TYPES:
                record = RecordCodec.decode(name, values)
                _remember_partial(snapshots, record, seq, 0)
                snapshots.fold.add(record)
        return snapshots

    def _append(self, snapshots: LiveExecution, record: Record, payload: str) -> bool:
        """False after the end."""
        if snapshots.ended:
            logger.debug("%s has ended: %s ignored", snapshots.id, type(record).__name__)
            return False
        superseded, size = _remember_partial(snapshots, record, snapshots.last_seq + 1, len(payload))
        if superseded:
            self._store.events.drop(snapshots.id, superseded)
            snapshots.grow(-size)
        self._append_event(snapshots, type(record).__name__, payload)
        snapshots.fold.add(record)
        return True

    def _append_event(self, snapshots: LiveExecution, name: str, payload: str) -> None:
        snapshots.last_seq += 1
        snapshots.grow(len(payload))
        self._store.events.append(snapshots.id, snapshots.last_seq, name, payload)

    def _store_state(self, snapshots: LiveExecution) -> None:
        message = snapshots.message
        if snapshots.ended:
            drop_contexts(self._store, snapshots.id)
            truncate(message)  # from now on this is all there is; before, it is folded from what was said
        self._store.set_state(
            snapshots.id, phase=message.status.phase, data=message.SerializeToString(), updated_at=now()
        )

    @contextmanager
    def _changing(self, execution_id: str) -> Iterator[None]:
        """One transaction; when it fails, memory forgets what the store does not know."""
        with self._store.transaction():
            self._store.on_rollback(lambda: self._drop(execution_id))
            yield

    def _published(self, snapshots: LiveExecution) -> None:
        snapshots.publish()
        if snapshots.ended:
            self.memory.gone(snapshots.held.bytes)
            snapshots.held.release()
            self._live.pop(snapshots.id, None)
            self._client_envs.pop(snapshots.id, None)

    def _drop(self, execution_id: str) -> None:
        snapshots = self._live.pop(execution_id, None)
        if snapshots is not None:
            snapshots.held.release()
            snapshots.mark_stale()

    def _layers(self, snapshots: LiveExecution) -> Layers:
        if snapshots.layers is None:
            snapshots.layers = layers_of(self._store, self._vault, snapshots.message)
        return snapshots.layers

    def _masker(self, snapshots: LiveExecution) -> Masker:
        if snapshots.masker is None:
            client_env = self._client_envs.get(snapshots.id, NOTHING)
            snapshots.masker = masker_of(
                self._layers(snapshots).secret_values() | self._carried(snapshots.id) | client_env.secrets
            )
        return snapshots.masker

    def _masker_of_new(self, message: Execution) -> Masker:
        encrypted = copied(message)
        self._vault.encrypt_message(encrypted)
        return masker_of(layers_of(self._store, self._vault, encrypted).secret_values())

    def _carried(self, execution_id: str) -> frozenset[str]:
        found = self.decrypted(execution_id, CARRIED)
        return frozenset() if found is Missing.MISSING else frozenset(found)

    def _start_texts(self, execution_id: str) -> dict[str, str]:
        found = self.decrypted(execution_id, start_texts.JOURNAL_KEY)
        return {} if found is Missing.MISSING else dict(found)


def _speak(record: Record) -> tuple[Record, str]:
    """The record and its JSON, without halves of surrogate pairs: neither SQLite nor protobuf takes them."""
    values = {field: getattr(record, field) for field in record.__slots__}
    payload = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
    if is_text(payload):
        return record, payload
    payload = payload.encode("utf-8", "replace").decode("utf-8")
    return RecordCodec.decode(type(record).__name__, json.loads(payload)), payload


def _growth(snapshots: LiveExecution, record: Record, payload: str) -> int:
    """What it adds; nothing where it only tells of the end: for that there is always room."""
    if isinstance(record, Ended):
        return 0
    stale = (
        snapshots.partial_events.get(record.index, NO_EVENT) if isinstance(record, MessageSet) else NO_EVENT
    )
    return len(payload) - stale[1]


def _remember_partial(snapshots: LiveExecution, record: Record, seq: int, size: int) -> tuple[int, int]:
    """Notes where the unfinished text of a message is stored; place and size of the one it replaces."""
    if not isinstance(record, MessageSet):
        return NO_EVENT
    superseded = snapshots.partial_events.pop(record.index, NO_EVENT)
    if not record.complete:
        snapshots.partial_events[record.index] = seq, size
    return superseded


def _merge(snapshots: LiveExecution, data: bytes) -> None:
    status = snapshots.message.status
    merge_status(status, type(status).FromString(data))
    snapshots.fold = Fold(status)


def _masked(status: Status, masker: Masker) -> bytes:
    twin = type(status).FromString(status.SerializeToString())
    mask_message(twin, masker)
    drop_callback_tokens(twin)
    return twin.SerializeToString()
