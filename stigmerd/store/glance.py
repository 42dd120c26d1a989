"""What is stored, at a glance: read beside a backend that is at work, or that does not run at all."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

from stigmer_api.facts import EXECUTION_KINDS, ResourceKind

BUSY_SECONDS = 0.3
TARGETS = (ResourceKind.WORKFLOW, ResourceKind.AGENT)

# An execution or a session, its instance, and the agent or workflow of that; an agent's has a session first
NEWEST = """
SELECT one.id, one.kind, one.phase, coalesce(third.slug, second.slug, first.slug, ''), one.created_at
FROM (SELECT * FROM resources WHERE kind IN ({kinds}) ORDER BY created_at DESC, id DESC LIMIT ?) AS one
LEFT JOIN resources AS first ON first.id = one.parent
LEFT JOIN resources AS second ON second.id = first.parent
LEFT JOIN resources AS third ON third.id = second.parent
ORDER BY one.created_at DESC, one.id DESC
"""
DEPLOYED = """
SELECT kind, id, slug, name, data, instr(data, ?) > 0 AS own FROM resources
WHERE kind IN ({kinds}) ORDER BY own DESC, kind = ? DESC, slug
"""


class StoredTarget(NamedTuple):
    """An agent or a workflow."""

    kind: ResourceKind
    id: str
    slug: str
    name: str
    data: bytes  # the message
    own: bool  # it comes from the directory that was asked about


class StoredRun(NamedTuple):
    """An execution or a session."""

    id: str
    kind: ResourceKind
    phase: int
    target: str  # the slug of its agent or workflow; empty: it is gone
    created_at: str


def deployed(database: Path, directory: Path | None) -> list[StoredTarget]:
    """Agents and workflows, those that come from this directory first. Raises sqlite3.Error."""
    own = str(directory).encode() if directory else b"\0"
    with _opened(database) as connection:
        sql = DEPLOYED.format(kinds=_numbers(TARGETS))
        rows = connection.execute(sql, (own, ResourceKind.WORKFLOW.value)).fetchall()
    return [
        StoredTarget(ResourceKind(kind), id_, slug, name, data, bool(own))
        for kind, id_, slug, name, data, own in rows
    ]


def newest_executions(database: Path, count: int) -> list[StoredRun]:
    """The newest first. Raises sqlite3.Error."""
    return _newest(database, EXECUTION_KINDS, count)


def newest_sessions(database: Path, count: int) -> list[StoredRun]:
    """The newest first. Raises sqlite3.Error."""
    return _newest(database, (ResourceKind.SESSION,), count)


def _newest(database: Path, kinds: Sequence[ResourceKind], count: int) -> list[StoredRun]:
    with _opened(database) as connection:
        rows = connection.execute(NEWEST.format(kinds=_numbers(kinds)), (count,)).fetchall()
    return [StoredRun(id_, ResourceKind(kind), phase, target, at) for id_, kind, phase, target, at in rows]


@contextmanager
def _opened(database: Path) -> Iterator[sqlite3.Connection]:
    """Nothing is written, not even beside it: without a log there is nobody whose changes it could miss."""
    still = not database.with_name(f"{database.name}-wal").exists()
    uri = f"{database.absolute().as_uri()}?mode=ro{'&immutable=1' if still else ''}"
    with closing(sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS)) as connection:
        yield connection


def _numbers(kinds: Sequence[ResourceKind]) -> str:
    return ", ".join(str(kind.value) for kind in kinds)
