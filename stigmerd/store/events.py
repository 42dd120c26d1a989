"""What executions said, and the results they must not compute twice."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from enum import Enum
from typing import Final, Literal

from stigmerd.process import long_json
from stigmerd.store.clock import now
from stigmerd.store.database import Database
from stigmerd.store.errors import Gone
from stigmerd.store.json import Json


class Missing(Enum):
    """The journal has no such key: not the same as a stored None."""

    MISSING = "missing"


MISSING: Final = Missing.MISSING


# Each may have some hundred kB, an entry of a journal some MB.
SOME_EVENTS, SOME_ENTRIES = 20, 4


@dataclass(frozen=True, slots=True)
class Written:
    """A value that is JSON already, and text: see `dumps`."""

    text: str


class EventLog:
    """Events are numbered from 1 in each execution."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def append(self, execution_id: str, seq: int, name: str, payload: str) -> None:
        self._insert(
            "INSERT INTO execution_events (execution_id, seq, at, name, payload) VALUES (?, ?, ?, ?, ?)",
            (execution_id, seq, now(), name, payload),
        )

    def drop(self, execution_id: str, seq: int) -> None:
        """An event that a later one repeats in full."""
        self._database.execute(
            "DELETE FROM execution_events WHERE execution_id = ? AND seq = ?", (execution_id, seq)
        )

    def of(self, execution_id: str) -> list[tuple[int, str, Json]]:
        """(seq, name, payload), in order."""
        found = self._database.rows(
            "SELECT seq, name, payload FROM execution_events WHERE execution_id = ? ORDER BY seq",
            (execution_id,),
        )
        return [(seq, name, json.loads(payload)) for seq, name, payload in found]

    def said_bytes(self, execution_id: str) -> int:
        """Of all its events together."""
        size: int = self._database.rows(
            "SELECT coalesce(sum(length(payload)), 0) FROM execution_events WHERE execution_id = ?",
            (execution_id,),
        )[0][0]
        return size

    def journal_get(self, execution_id: str, key: str) -> Json | Literal[Missing.MISSING]:
        found = self.journal_text(execution_id, key)
        return found if found is MISSING else json.loads(found)

    def journal_text(self, execution_id: str, key: str) -> str | Literal[Missing.MISSING]:
        """The same, as JSON."""
        found = self._database.rows(
            "SELECT value FROM journal WHERE execution_id = ? AND key = ?", (execution_id, key)
        )
        return found[0][0] if found else MISSING

    def journal_put(self, execution_id: str, key: str, value: str) -> None:
        """`value` is JSON."""
        self._insert(
            "INSERT INTO journal (execution_id, key, value, at) VALUES (?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET value = excluded.value, at = excluded.at",
            (execution_id, key, value, now()),
        )

    def journal_keys(self, execution_id: str) -> list[str]:
        found = self._database.rows(
            "SELECT key FROM journal WHERE execution_id = ? ORDER BY key", (execution_id,)
        )
        return [key for (key,) in found]

    def journal_sizes(self, execution_id: str) -> dict[str, int]:
        return dict(
            self._database.rows(
                "SELECT key, length(value) FROM journal WHERE execution_id = ?", (execution_id,)
            )
        )

    def waiting_signals(self, execution_id: str) -> tuple[int, int]:
        """How many nobody took yet, and their bytes."""
        number, size = self._database.rows(
            "SELECT count(*), coalesce(sum(length(payload)), 0) FROM signals WHERE execution_id = ?",
            (execution_id,),
        )[0]
        return number, size

    def drop_some(self, execution_id: str, kept: str) -> bool:
        """Some events, signals and journal entries, the one under `kept` not. False: there were none."""
        which = "IN (SELECT {0} FROM {1} WHERE execution_id = ? {2} LIMIT ?)"
        for table, key, but, some in (
            ("execution_events", "seq", "", SOME_EVENTS),
            ("signals", "seq", "", SOME_EVENTS),
            ("journal", "key", "AND key <> ?", SOME_ENTRIES),
        ):
            parameters = (execution_id, execution_id, *([kept] if but else []), some)
            sql = f"DELETE FROM {table} WHERE execution_id = ? AND {key} {which.format(key, table, but)}"
            if self._database.execute(sql, parameters).rowcount:
                return True
        return False

    def add_signal(self, execution_id: str, signal_id: str, payload: Json) -> None:
        self._insert(
            "INSERT INTO signals (execution_id, signal_id, payload, at) VALUES (?, ?, ?, ?)",
            (execution_id, signal_id, dumps(payload), now()),
        )

    def waiting_signal(self, execution_id: str, signal_id: str) -> tuple[int, str] | None:
        """The oldest one: its number and, as JSON, its payload."""
        found = self._database.rows(
            "SELECT seq, payload FROM signals WHERE execution_id = ? AND signal_id = ? ORDER BY seq LIMIT 1",
            (execution_id, signal_id),
        )
        return tuple(found[0]) if found else None

    def drop_signal(self, seq: int) -> bool:
        """Whether it was still there."""
        return self._database.execute("DELETE FROM signals WHERE seq = ?", (seq,)).rowcount > 0

    def take_signal(self, execution_id: str, signal_id: str) -> Json | Literal[Missing.MISSING]:
        """The oldest one; it is gone then."""
        found = self.waiting_signal(execution_id, signal_id)
        if found is None:
            return MISSING
        self.drop_signal(found[0])
        return json.loads(found[1])

    def _insert(self, sql: str, parameters: tuple[str | int, ...]) -> None:
        try:
            self._database.execute(sql, parameters)
        except sqlite3.IntegrityError as error:
            if "FOREIGN KEY" in str(error):
                raise Gone(parameters[0]) from error
            raise


def dumps(value: Json) -> str:
    """JSON that SQLite takes: halves of surrogate pairs, which are no text, become `?`."""
    if isinstance(value, Written):
        return value.text
    return _as_text(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


def long_dumps(value: Json) -> str:
    """The same, in pieces: for another thread."""
    return _as_text(long_json.dumps(value))


def _as_text(text: str) -> str:
    return text if is_text(text) else text.encode("utf-8", "replace").decode("utf-8")


def is_text(text: str) -> bool:
    """False for halves of surrogate pairs."""
    if text.isascii():
        return True
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
