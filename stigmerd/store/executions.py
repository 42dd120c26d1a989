"""The state of executions while they work, and what is deleted of them when they have ended."""

from __future__ import annotations

from typing import Final

from stigmer_api.facts import EXECUTION_KINDS, ResourceKind
from stigmerd.store.database import Database
from stigmerd.store.pruning import CARRIED, CONVERSATION, ENDED

# Each may have some hundred kB, an entry of a journal some MB.
SOME_EVENTS, SOME_ENTRIES = 20, 4
EXECUTION: Final = "kind IN (?, ?)"  # EXECUTION_KINDS


class ExecutionTable:
    """The rows of executions, and their events, signals and journals as a whole."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def unfinished(self) -> list[str]:
        """Ids of the executions without a terminal phase, oldest first."""
        found = self._database.rows(
            f"SELECT id FROM resources WHERE {EXECUTION} AND NOT {ENDED} ORDER BY seq", EXECUTION_KINDS
        )
        return [id_ for (id_,) in found]

    def set_parent(self, execution_id: str, parent: str) -> None:
        """Notes by which execution a new one was started."""
        self._database.insert_detail(
            "INSERT INTO nested (execution_id, parent) VALUES (?, ?)", (execution_id, parent)
        )

    def set_state(self, execution_id: str, *, phase: int, data: bytes, updated_at: str) -> None:
        """Stores what changes of an execution while it works."""
        self._database.execute(
            "UPDATE resources SET phase = ?, data = ?, updated_at = ? WHERE id = ?",
            (phase, data, updated_at, execution_id),
        )

    def drop_details(self, execution_id: str, *, keep_shown: bool) -> bool:
        """Deletes some events, signals and journal entries of an ended execution. False: none were left.

        `keep_shown`: its conversation, which another may go on with, what that one must not show, its notes
        and its requests stay.
        """
        kept = (CONVERSATION, CARRIED) if keep_shown else ("", "")
        which = "IN (SELECT {0} FROM {1} WHERE execution_id = ? {2} LIMIT ?)"
        details = [
            ("execution_events", "seq", "", SOME_EVENTS),
            ("signals", "seq", "", SOME_EVENTS),
            ("journal", "key", "AND key NOT IN (?, ?)", SOME_ENTRIES),
        ]
        if not keep_shown:
            details += [("notes", "number", "", SOME_EVENTS), ("requests", "number", "", SOME_EVENTS)]
        for table, key, but, some in details:
            parameters = (execution_id, execution_id, *(kept if but else ()), some)
            sql = f"DELETE FROM {table} WHERE execution_id = ? AND {key} {which.format(key, table, but)}"
            if self._database.execute(sql, parameters).rowcount:
                return True
        return False

    def drop_ended(self, execution_id: str) -> None:
        """Deletes an execution, unless it is still at work."""
        self._database.execute(
            f"DELETE FROM resources WHERE id = ? AND {EXECUTION} AND {ENDED}",
            (execution_id, *EXECUTION_KINDS),
        )

    def drop_empty_session(self, session_id: str) -> None:
        """Deletes a session, unless an execution is in it."""
        self._database.execute(
            "DELETE FROM resources WHERE id = ? AND kind = ?"
            " AND NOT EXISTS (SELECT 1 FROM resources WHERE parent = ? AND kind = ?)",
            (session_id, ResourceKind.SESSION, session_id, ResourceKind.AGENT_EXECUTION),
        )
