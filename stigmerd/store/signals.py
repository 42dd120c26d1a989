"""Signals to executions, until a task takes them."""

from __future__ import annotations

from stigmerd.store.clock import now
from stigmerd.store.database import Database


class SignalTable:
    """The signals of all executions, in the order in which they came."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, execution_id: str, signal_id: str, payload: str) -> None:
        """`payload` is JSON. Raises KeyError when there is no such execution."""
        self._database.insert_detail(
            "INSERT INTO signals (execution_id, signal_id, payload, at) VALUES (?, ?, ?, ?)",
            (execution_id, signal_id, payload, now()),
        )

    def waiting(self, execution_id: str) -> tuple[int, int]:
        """How many wait, and their bytes."""
        number, size = self._database.rows(
            "SELECT count(*), coalesce(sum(length(payload)), 0) FROM signals WHERE execution_id = ?",
            (execution_id,),
        )[0]
        return number, size

    def oldest(self, execution_id: str, signal_id: str) -> tuple[int, str] | None:
        """Its number and, as JSON, its payload."""
        found = self._database.rows(
            "SELECT seq, payload FROM signals WHERE execution_id = ? AND signal_id = ? ORDER BY seq LIMIT 1",
            (execution_id, signal_id),
        )
        return tuple(found[0]) if found else None

    def drop(self, seq: int) -> bool:
        """Whether it was still there."""
        return self._database.execute("DELETE FROM signals WHERE seq = ?", (seq,)).rowcount > 0
