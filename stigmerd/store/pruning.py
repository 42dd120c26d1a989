"""Which ended executions may be deleted? Only reads."""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from stigmer_api.facts import EXECUTION_KINDS, FIRST_TERMINAL, ResourceKind

ENDED: Final = f"phase >= {FIRST_TERMINAL}"
# Keys of the journal.
CONVERSATION: Final = "agent/messages"  # later executions of the session go on with it
CARRIED: Final = "services/carried"  # secrets that its variables lack; these must not show them either
LAUNCHED: Final = "services/launched/"  # and a task: the execution that it started
AFTER_LAUNCHED: Final = "services/launched0"  # what follows all of these: `0` comes after `/`
SINGLE_TASK: Final = "single-task"  # the name of an execution of one task alone: nothing is resumed from it
# The session of an execution that named none; who makes a session of his own gives it another name.
MADE_FOR_ONE: Final = re.compile(r"session-\d+-[0-9a-f]{6}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What keeps an execution that has ended: one of these is enough. None of it set: nothing."""

    newest: int | None = None  # so many
    since: str = "~"  # RFC 3339: those that ended at this time or later


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumable:
    """Which workflow executions keep what they would need to be resumed: both must hold."""

    newest: int  # so many of each instance
    since: str  # RFC 3339: ended at this time or later


@dataclass(frozen=True, slots=True, kw_only=True)
class PruningPlan:
    """What may go."""

    executions: tuple[str, ...]  # the oldest first
    sessions: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedExecution:
    """What decides whether it stays."""

    id: str
    session: str  # empty: a workflow's
    at: str


def plan(connection: sqlite3.Connection, rule: Rule) -> PruningPlan:
    """Whole sessions go together; what a running workflow has started stays."""
    ended = _ended(connection)
    kept = ended[: rule.newest or 0]
    needed = _started_by_running(connection)
    doomed = [each for each in ended[len(kept) :] if each.at < rule.since and each.id not in needed]
    going = _whole_sessions(connection, doomed)
    return PruningPlan(
        executions=tuple(each.id for each in reversed(going)),
        sessions=tuple(_empty_sessions(connection, {each.session for each in going}, rule.since)),
    )


def with_details(connection: sqlite3.Connection, before: str, resumable: Resumable) -> list[str]:
    """Executions that ended before this time and still have what only a running one needs, oldest first.

    Without those that may be resumed.
    """
    found = connection.execute(
        f"SELECT id FROM resources AS r WHERE kind IN (?, ?) AND {ENDED} AND updated_at < ? AND ("
        " EXISTS (SELECT 1 FROM execution_events WHERE execution_id = r.id)"
        " OR EXISTS (SELECT 1 FROM signals WHERE execution_id = r.id)"
        " OR EXISTS (SELECT 1 FROM journal WHERE execution_id = r.id AND key NOT IN (?, ?))"
        ") AND NOT (kind = ? AND updated_at >= ? AND name <> ? AND ("
        "  SELECT count(*) FROM resources AS newer WHERE newer.parent = r.parent AND newer.kind = r.kind"
        "  AND newer.seq > r.seq AND newer.name <> ?"
        " ) < ?) ORDER BY seq",
        (
            *EXECUTION_KINDS,
            before,
            CONVERSATION,
            CARRIED,
            ResourceKind.WORKFLOW_EXECUTION,
            resumable.since,
            SINGLE_TASK,
            SINGLE_TASK,
            resumable.newest,
        ),
    )
    return [id_ for (id_,) in found]


def _ended(connection: sqlite3.Connection) -> list[EndedExecution]:
    """Newest first."""
    found = connection.execute(
        f"SELECT id, kind, parent, updated_at FROM resources WHERE kind IN (?, ?) AND {ENDED}"
        " ORDER BY seq DESC",
        EXECUTION_KINDS,
    )
    return [
        EndedExecution(id=id_, session=parent if kind == ResourceKind.AGENT_EXECUTION else "", at=at)
        for id_, kind, parent, at in found
    ]


def _started_by_running(connection: sqlite3.Connection) -> set[str]:
    """A workflow that goes on after a crash asks for their ends."""
    found = connection.execute(
        "SELECT value FROM journal WHERE key >= ? AND key < ?"
        f" AND execution_id IN (SELECT id FROM resources WHERE kind IN (?, ?) AND NOT {ENDED})",
        (LAUNCHED, AFTER_LAUNCHED, *EXECUTION_KINDS),
    )
    return {value.strip('"') for (value,) in found}


def _whole_sessions(connection: sqlite3.Connection, doomed: Sequence[EndedExecution]) -> list[EndedExecution]:
    going = Counter(each.session for each in doomed if each.session)
    size = dict(
        connection.execute(
            "SELECT parent, count(*) FROM resources WHERE kind = ? GROUP BY parent",
            (ResourceKind.AGENT_EXECUTION,),
        )
    )
    return [each for each in doomed if not each.session or going[each.session] == size[each.session]]


def _empty_sessions(connection: sqlite3.Connection, emptied: Iterable[str], since: str) -> list[str]:
    """Those that lose their last execution, and those that have lost it before."""
    emptied = set(emptied)
    found = connection.execute(
        "SELECT id, name, updated_at, EXISTS ("
        "  SELECT 1 FROM resources WHERE parent = s.id AND kind = ?"
        " ) OR EXISTS ("  # a fork in which nothing was asked yet stays as long as one of its turns is there
        "  SELECT 1 FROM inherited_turns AS turn JOIN resources AS r ON r.id = turn.execution_id"
        "  WHERE turn.session_id = s.id"
        " ) FROM resources AS s WHERE kind = ? ORDER BY seq",
        (ResourceKind.AGENT_EXECUTION, ResourceKind.SESSION),
    )
    return [
        id_
        for id_, name, at, used in found
        if MADE_FOR_ONE.fullmatch(name) and (id_ in emptied or (not used and at < since))
    ]
