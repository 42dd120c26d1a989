"""What executions told beyond their status, and what they requested: the newest, and how much it was."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from stigmerd.store.database import Database


class NoteRow(NamedTuple):
    """One note."""

    number: int  # from 1 in each execution
    told_bytes: int  # of all up to this one
    note: bytes


class NoteCounts(NamedTuple):
    """How much an execution told, whether it is kept or not."""

    last_number: int
    told_bytes: int
    usage: str  # JSON


class NoteTable:
    """The notes of all executions, in one pair of tables."""

    def __init__(self, database: Database, notes: str = "notes", counts: str = "note_counts") -> None:
        self._database = database
        self._notes = notes
        self._counts = counts

    def write(self, execution_id: str, rows: Sequence[NoteRow], first: int, counts: NoteCounts) -> None:
        """Adds rows, and drops all with a number below `first`. Raises KeyError: no such execution."""
        self._database.insert_detail(
            f"INSERT INTO {self._counts} (execution_id, last_number, told_bytes, usage) VALUES (?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET last_number = excluded.last_number,"
            " told_bytes = excluded.told_bytes, usage = excluded.usage",
            (execution_id, *counts),
        )
        for row in rows:
            self._database.execute(
                f"INSERT INTO {self._notes} (execution_id, number, told_bytes, note) VALUES (?, ?, ?, ?)",
                (execution_id, *row),
            )
        self._database.execute(
            f"DELETE FROM {self._notes} WHERE execution_id = ? AND number < ?", (execution_id, first)
        )

    def counts(self, execution_id: str) -> NoteCounts | None:
        """None: it told nothing."""
        found = self._database.rows(
            f"SELECT last_number, told_bytes, usage FROM {self._counts} WHERE execution_id = ?",
            (execution_id,),
        )
        return NoteCounts(*found[0]) if found else None

    def after(self, execution_id: str, number: int) -> list[NoteRow]:
        """Those with a higher number, in order."""
        found = self._database.rows(
            f"SELECT number, told_bytes, note FROM {self._notes}"
            " WHERE execution_id = ? AND number > ? ORDER BY number",
            (execution_id, number),
        )
        return [NoteRow(*values) for values in found]

    def sizes(self, execution_id: str) -> list[tuple[int, int]]:
        """(number, bytes of all up to it) of each that is kept, in order."""
        return self._database.rows(
            f"SELECT number, told_bytes FROM {self._notes} WHERE execution_id = ? ORDER BY number",
            (execution_id,),
        )
