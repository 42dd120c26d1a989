"""What executions said, event by event, in order."""

from __future__ import annotations

import json

from stigmerd.store.clock import now
from stigmerd.store.database import Database
from stigmerd.store.json import Json


class EventTable:
    """Events are numbered from 1 in each execution."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def append(self, execution_id: str, seq: int, name: str, payload: str) -> None:
        """`payload` is JSON. Raises KeyError when there is no such execution."""
        self._database.insert_detail(
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

    def bytes_of(self, execution_id: str) -> int:
        """All its events together."""
        size: int = self._database.rows(
            "SELECT coalesce(sum(length(payload)), 0) FROM execution_events WHERE execution_id = ?",
            (execution_id,),
        )[0][0]
        return size
