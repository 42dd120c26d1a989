"""Which executions were asked for? Only reads."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

from stigmer_api.facts import EXECUTION_KINDS, ID_PREFIXES, ResourceKind
from stigmerd.store.json import Json

TARGETS = (ResourceKind.AGENT, ResourceKind.WORKFLOW)
AFTER_ALL = "\x7f"  # comes after all characters of an id
IS_NESTED = (
    "EXISTS (SELECT 1 FROM nested JOIN resources AS other ON other.id = nested.parent"
    " WHERE nested.execution_id = r.id)"
)
# An execution belongs to an instance (a workflow's) or to a session, which belongs to one (an agent's).
OF_TARGETS = (
    "parent IN (WITH instances AS (SELECT id FROM resources WHERE parent IN ({0}))"
    " SELECT id FROM instances UNION ALL SELECT id FROM resources WHERE parent IN instances)"
)
SHOWN = (
    "SELECT r.seq, r.kind, r.id, r.org, r.phase, r.created_at, r.parent, t.id, t.name, t.slug,"
    " (SELECT parent FROM nested WHERE execution_id = r.id),"
    " (SELECT count(*) FROM nested JOIN resources AS other ON other.id = nested.execution_id"
    "  WHERE nested.parent = r.id), r.data"
    " FROM resources AS r"
    " LEFT JOIN resources AS owner ON owner.id = r.parent"
    " LEFT JOIN resources AS instance ON instance.id = owner.parent"
    f" LEFT JOIN resources AS t ON t.id = iif(r.kind = {ResourceKind.AGENT_EXECUTION:d},"
    " instance.parent, owner.parent)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryQuestion:
    """All that is set must hold."""

    id_prefix: str = ""  # with or without that of its kind
    phases: tuple[int, ...] = ()  # one of these
    target: str = ""  # id, slug or name of the agent or workflow
    target_part: str = ""  # a part of the name or slug of that, any case
    since: str = ""  # RFC 3339, six digits
    top_only: bool = False  # none that another one started
    parents: tuple[str, ...] = ()  # one of these started it

    @property
    def few(self) -> bool:
        """An index finds those that match, and most do not."""
        return bool(self.id_prefix or self.phases or self.target or self.target_part or self.parents)


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryRow:
    """An execution, and to whom it belongs."""

    seq: int
    kind: int
    id: str
    org: str
    phase: int
    created_at: str
    owner: str  # session or workflow instance
    target_id: str  # of the agent or workflow; empty: it was deleted, as its name and slug
    target: str
    target_slug: str
    parent: str
    nested: int
    data: bytes


def rows_of(
    connection: sqlite3.Connection, question: HistoryQuestion, *, before: int, most: int
) -> Iterator[HistoryRow]:
    """Newest first, at most so many, from those with a `seq` below `before` (0: all)."""
    where, parameters = _conditions(question, before)
    # Where most of them match, they are read in their order until there are enough.
    how = "" if question.few else "NOT INDEXED"
    found = connection.execute(
        f"{SHOWN} WHERE r.seq IN"
        f" (SELECT seq FROM resources AS r {how} WHERE {where} ORDER BY seq DESC LIMIT ?)"
        " ORDER BY r.seq DESC",
        [*parameters, most],
    )
    for seq, kind, id_, org, phase, created_at, owner, target_id, target, slug, parent, nested, data in found:
        yield HistoryRow(
            seq=seq,
            kind=kind,
            id=id_,
            org=org,
            phase=phase,
            created_at=created_at,
            owner=owner,
            target_id=target_id or "",
            target=target or "",
            target_slug=slug or "",
            parent=parent or "",
            nested=nested,
            data=data,
        )


def _conditions(question: HistoryQuestion, before: int) -> tuple[str, list[Json]]:
    clauses = ["kind IN (?, ?)"]
    parameters: list[Json] = [*EXECUTION_KINDS]

    def add(clause: str, *more: Json) -> None:
        clauses.append(clause)
        parameters.extend(more)

    if question.id_prefix:
        starts = _starts(question.id_prefix)
        ranges = " UNION ALL ".join("SELECT seq FROM resources WHERE id >= ? AND id < ?" for _ in starts)
        add(f"seq IN ({ranges})", *(end for start in starts for end in (start, start + AFTER_ALL)))
    if question.phases:
        add(f"phase IN ({', '.join('?' * len(question.phases))})", *question.phases)
    if question.target:
        which = "SELECT id FROM resources WHERE kind IN (?, ?) AND ? IN (id, slug, name)"
        add(OF_TARGETS.format(which), *TARGETS, question.target)
    if question.target_part:
        which = "SELECT id FROM resources WHERE kind IN (?, ?) AND instr(search, ?)"
        add(OF_TARGETS.format(which), *TARGETS, question.target_part.casefold())
    if question.since:
        add("created_at >= ?", question.since)
    if question.top_only:
        add(f"NOT {IS_NESTED}")
    if question.parents:
        marks = ", ".join("?" * len(question.parents))
        add(f"id IN (SELECT execution_id FROM nested WHERE parent IN ({marks}))", *question.parents)
    if before:
        add("seq < ?", before)
    return " AND ".join(clauses), parameters


def _starts(prefix: str) -> list[str]:
    kinds = [f"{ID_PREFIXES[kind]}-" for kind in EXECUTION_KINDS]
    whole = any(prefix.startswith(kind) or kind.startswith(prefix) for kind in kinds)
    return [prefix] if whole else [f"{kind}{prefix}" for kind in kinds]
