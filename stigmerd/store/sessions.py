"""What a session remembers beside its own executions: the turns that it inherited, and which were undone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from stigmer_api.facts import ResourceKind
from stigmerd.store.database import Database


class InheritedTurn(NamedTuple):
    """A copy of a turn of another session."""

    execution_id: str  # it may be gone
    undone: bool
    shown: str  # JSON: what a history shows of it
    turn: str  # JSON: what a model is told of it


class Fork(NamedTuple):
    """Where a session comes from."""

    origin: str  # the other session, which may be gone
    secrets: str  # encrypted


class SessionTable:
    """The inherited and the undone turns of all sessions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add_fork(self, session_id: str, fork: Fork, turns: Sequence[InheritedTurn]) -> None:
        """Raises KeyError when there is no such session."""
        self._database.insert_detail(
            "INSERT INTO forks (session_id, origin, secrets) VALUES (?, ?, ?)", (session_id, *fork)
        )
        for number, turn in enumerate(turns, 1):
            self._database.execute(
                "INSERT INTO inherited_turns (session_id, number, execution_id, undone, shown, turn)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (session_id, number, *turn),
            )

    def fork(self, session_id: str) -> Fork | None:
        """None: it was not forked from another one."""
        found = self._database.rows("SELECT origin, secrets FROM forks WHERE session_id = ?", (session_id,))
        return Fork(*found[0]) if found else None

    def inherited(self, session_id: str) -> list[InheritedTurn]:
        """Oldest first, with those that were undone."""
        found = self._database.rows(
            "SELECT execution_id, undone, shown, turn FROM inherited_turns"
            " WHERE session_id = ? ORDER BY number",
            (session_id,),
        )
        return [InheritedTurn(id_, bool(undone), shown, turn) for id_, undone, shown, turn in found]

    def undone(self, session_id: str) -> set[str]:
        """Which of its own executions were undone."""
        found = self._database.rows(
            "SELECT execution_id FROM undone_turns WHERE execution_id IN"
            " (SELECT id FROM resources WHERE parent = ? AND kind = ?)",
            (session_id, ResourceKind.AGENT_EXECUTION),
        )
        return {id_ for (id_,) in found}

    def undo(self, execution_id: str) -> None:
        """Leaves out an execution of the session. Raises KeyError when it is gone."""
        self._database.insert_detail("INSERT INTO undone_turns (execution_id) VALUES (?)", (execution_id,))

    def undo_inherited(self, session_id: str, execution_id: str) -> None:
        """Leaves out an inherited turn."""
        self._database.execute(
            "UPDATE inherited_turns SET undone = 1 WHERE session_id = ? AND execution_id = ?",
            (session_id, execution_id),
        )
