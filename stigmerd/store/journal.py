"""The results that executions must not compute twice, each under its key."""

from __future__ import annotations

import json
from collections.abc import Iterable
from enum import Enum
from typing import Final, Literal

from stigmerd.store.clock import now
from stigmerd.store.database import Database
from stigmerd.store.json import Json


class Missing(Enum):
    """The journal has no such key: not the same as a stored None."""

    MISSING = "missing"


MISSING: Final = Missing.MISSING


class JournalTable:
    """The journals of all executions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, execution_id: str, key: str) -> Json | Literal[Missing.MISSING]:
        found = self.text(execution_id, key)
        return found if found is MISSING else json.loads(found)

    def text(self, execution_id: str, key: str) -> str | Literal[Missing.MISSING]:
        """The same, as JSON."""
        found = self._database.rows(
            "SELECT value FROM journal WHERE execution_id = ? AND key = ?", (execution_id, key)
        )
        return found[0][0] if found else MISSING

    def put(self, execution_id: str, key: str, value: str) -> None:
        """`value` is JSON. Raises KeyError when there is no such execution."""
        self._database.insert_detail(
            "INSERT INTO journal (execution_id, key, value, at) VALUES (?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET value = excluded.value, at = excluded.at",
            (execution_id, key, value, now()),
        )

    def copy(self, source: str, execution_id: str, keys: Iterable[str]) -> None:
        """What another execution has under these keys. Raises KeyError when there is no such execution."""
        for key in keys:
            self._database.insert_detail(
                "INSERT INTO journal (execution_id, key, value, at)"
                " SELECT ?, key, value, at FROM journal WHERE execution_id = ? AND key = ?",
                (execution_id, source, key),
            )

    def keys(self, execution_id: str) -> list[str]:
        found = self._database.rows(
            "SELECT key FROM journal WHERE execution_id = ? ORDER BY key", (execution_id,)
        )
        return [key for (key,) in found]

    def sizes(self, execution_id: str) -> dict[str, int]:
        """Characters of JSON, by key."""
        return dict(
            self._database.rows(
                "SELECT key, length(value) FROM journal WHERE execution_id = ?", (execution_id,)
            )
        )
