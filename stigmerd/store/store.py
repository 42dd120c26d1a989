"""Every resource that the backend knows, found by id, slug, parent or page."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from stigmer_api.facts import EXECUTION_KINDS, ResourceKind
from stigmerd.store.aside import Aside
from stigmerd.store.barrier import Barrier
from stigmerd.store.database import Database
from stigmerd.store.errors import DuplicateId, DuplicateSlug, Gone
from stigmerd.store.events import EventLog
from stigmerd.store.json import Json
from stigmerd.store.pruning import CONVERSATION, ENDED
from stigmerd.store.wal import log_of, size_of

T = TypeVar("T")

TAG_END = "\x1f"
DEFAULT_PAGE_SIZE = 100
MAX_PAGE_SIZE = 1000
TOKEN = re.compile(r"before-([1-9][0-9]{0,17})")
COLUMNS = "kind, id, org, slug, name, parent, phase, tags, data, created_at, updated_at"

WITHOUT_DATA = COLUMNS.replace("data", "x''")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One resource of any kind."""

    kind: int  # ApiResourceKind number
    id: str
    org: str
    slug: str
    name: str
    # instance: agent or workflow id; session: instance id; agent execution: session id;
    # workflow execution: workflow instance id; context: execution id; else empty
    parent: str
    phase: int  # executions: ExecutionPhase number, else 0
    tags: tuple[str, ...]
    data: bytes  # the serialised message, secrets encrypted
    created_at: str
    updated_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some of the rows that were asked for."""

    rows: tuple[Row, ...]
    next_token: str  # empty: that was all
    total: int  # on all pages together


class Store:
    """Synchronous; a commit takes about 0.05 ms, so it is called straight from the event loop."""

    def __init__(self, database: Database, path: Path | None = None) -> None:
        self._database = database
        self._path = path  # None: in memory
        self._barrier = Barrier(database, path)
        self._aside = Aside(path) if path is not None else None
        self.missing = database.missing  # what may be, in a sentence
        self.events = EventLog(database)

    @classmethod
    def open(cls, path: Path | None) -> Store:
        """None: in memory. Raises StoreError: damaged, read-only, from a newer version, disk full."""
        return cls(Database.open(path), path)

    def insert(self, row: Row) -> None:
        """Raises DuplicateSlug (of kind and organization; not for executions and sessions) or DuplicateId."""
        self._write(
            f"INSERT INTO resources ({COLUMNS}, search) VALUES (?{', ?' * 11})",
            row,
            (*_values(row), _search_text(row)),
        )

    def replace(self, row: Row) -> None:
        """Raises KeyError when there is none with this kind and id, DuplicateSlug as insert does."""
        changed = self._write(
            "UPDATE resources SET org = ?, slug = ?, name = ?, parent = ?, phase = ?, tags = ?, data = ?,"
            " created_at = ?, updated_at = ?, search = ? WHERE id = ? AND kind = ?",
            row,
            (*_values(row)[2:], _search_text(row), row.id, row.kind),
        )
        if not changed:
            raise Gone(row.id)

    def get(self, kind: int, id: str) -> Row | None:  # noqa: A002
        return self._first("WHERE id = ? AND kind = ?", (id, kind))

    def find(self, id: str) -> Row | None:  # noqa: A002
        """A resource of whatever kind."""
        return self._first("WHERE id = ?", (id,))

    def by_slug(self, kind: int, slug: str, org: str = "") -> Row | None:
        """The oldest one with this slug; `org` empty: of any organization."""
        where = "WHERE kind = ? AND slug = ?" + (" AND org = ?" if org else "")
        return self._first(f"{where} ORDER BY seq", (kind, slug, org) if org else (kind, slug))

    def all_by_slug(self, kind: int, slug: str) -> list[Row]:
        """Of every organization, oldest first."""
        return self._rows("WHERE kind = ? AND slug = ? ORDER BY seq", (kind, slug))

    def delete(self, kind: int, id: str) -> None:  # noqa: A002
        """Also its events, journal, signals and versions. None there: nothing happens."""
        self._database.execute("DELETE FROM resources WHERE id = ? AND kind = ?", (id, kind))

    def drop_ended(self, id: str) -> None:  # noqa: A002
        """An execution, unless it is still at work."""
        self._database.execute(
            f"DELETE FROM resources WHERE id = ? AND kind IN (?, ?) AND {ENDED}",
            (id, *EXECUTION_KINDS),
        )

    def drop_empty_session(self, id: str) -> None:  # noqa: A002
        self._database.execute(
            "DELETE FROM resources WHERE id = ? AND kind = ?"
            " AND NOT EXISTS (SELECT 1 FROM resources WHERE parent = ? AND kind = ?)",
            (id, ResourceKind.SESSION, id, ResourceKind.AGENT_EXECUTION),
        )

    def drop_details(self, execution_id: str, *, keep_conversation: bool) -> bool:
        """Some of what an execution that has ended said and journalled. False: there was nothing left."""
        return self.events.drop_some(execution_id, CONVERSATION if keep_conversation else "")

    def free_pages(self) -> tuple[int, int, int]:
        """(free, all, bytes of each)"""
        names = ("freelist_count", "page_count", "page_size")
        free, total, page_bytes = (self._database.rows(f"PRAGMA {name}")[0][0] for name in names)
        return free, total, page_bytes

    def give_back(self, pages: int) -> None:
        """To the file system, when the log is next brought into the database."""
        self._database.rows(f"PRAGMA incremental_vacuum({pages})")

    def children(self, kind: int, parent: str) -> list[Row]:
        """Oldest first."""
        return self._rows("WHERE parent = ? AND kind = ? ORDER BY seq", (parent, kind))

    def live_executions(self) -> list[str]:
        """Ids of the executions without a terminal phase, oldest first."""
        found = self._database.rows(
            f"SELECT id FROM resources WHERE kind IN (?, ?) AND NOT {ENDED} ORDER BY seq",
            EXECUTION_KINDS,
        )
        return [id_ for (id_,) in found]

    def set_state(self, id: str, *, phase: int, data: bytes, updated_at: str) -> None:  # noqa: A002
        """What changes of an execution while it works."""
        self._database.execute(
            "UPDATE resources SET phase = ?, data = ?, updated_at = ? WHERE id = ?",
            (phase, data, updated_at, id),
        )

    def page(
        self,
        kinds: Sequence[int],
        *,
        org: str = "",
        parents: Sequence[str] | None = None,
        phase: int = 0,
        tags: Sequence[str] = (),
        query: str = "",
        size: int = DEFAULT_PAGE_SIZE,
        token: str = "",
        skip: int = 0,
        data: bool = True,
    ) -> Page:
        """Newest first. `parents` None: any; `tags`: all of them; `query`: part of name or slug, any case.

        `data` False: without the messages, of which a thousand may be gigabytes.

        Raises ValueError for a token that no page gave out.
        """
        before = _decode_token(token)
        size = min(size if size > 0 else DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE)
        where, parameters = _conditions(kinds, org, parents, phase, tags, query)
        total = self._database.rows(f"SELECT count(*) FROM resources WHERE {where}", parameters)[0][0]
        if before:
            where, parameters = f"{where} AND seq < ?", [*parameters, before]
        found = self._database.rows(
            f"SELECT seq, {COLUMNS if data else WITHOUT_DATA} FROM resources WHERE seq IN"
            f" (SELECT seq FROM resources WHERE {where} ORDER BY seq DESC LIMIT ? OFFSET ?)"
            " ORDER BY seq DESC",
            [*parameters, size + 1, skip],
        )
        next_token = _encode_token(found[size - 1][0]) if len(found) > size else ""
        return Page(
            rows=tuple(_row(values[1:]) for values in found[:size]), next_token=next_token, total=total
        )

    def put_artifact(self, key: str, data: bytes, at: str) -> None:
        self._database.execute(
            "INSERT OR REPLACE INTO artifacts (key, data, at) VALUES (?, ?, ?)", (key, data, at)
        )

    def artifact(self, key: str) -> bytes | None:
        found = self._database.rows("SELECT data FROM artifacts WHERE key = ?", (key,))
        return found[0][0] if found else None

    def drop_artifacts(self, key_of_hash: str) -> None:
        """Those that no kept version needs any more; `key_of_hash`: `skills/{}.zip`."""
        start, _, end = key_of_hash.partition("{}")
        self._database.execute(
            "DELETE FROM artifacts WHERE substr(key, 1, ?) = ?"
            " AND key NOT IN (SELECT ? || hash || ? FROM versions)",
            (len(start), start, start, end),
        )

    def add_version(self, resource_id: str, *, hash: str, tag: str, data: bytes, at: str) -> None:  # noqa: A002
        """Keeps one state of a versioned resource."""
        self._database.execute(
            "INSERT INTO versions (resource_id, hash, tag, data, at) VALUES (?, ?, ?, ?, ?)",
            (resource_id, hash, tag, data, at),
        )

    def version(self, resource_id: str, hash_or_tag: str) -> bytes | None:
        """The newest kept state with this hash or tag."""
        found = self._database.rows(
            "SELECT data FROM versions WHERE resource_id = ? AND ? IN (hash, tag) ORDER BY seq DESC LIMIT 1",
            (resource_id, hash_or_tag),
        )
        return found[0][0] if found else None

    def transaction(self) -> AbstractContextManager[None]:
        """All or nothing; transactions nest."""
        return self._database.transaction()

    def on_rollback(self, undo: Callable[[], object]) -> None:
        """Called when the open transaction fails: for what memory holds of it."""
        self._database.on_rollback(undo)

    @property
    def changes(self) -> int:
        """Grows with each row that is written."""
        return self._database.changes

    async def on_disk(self) -> None:
        """All that was committed outlives a power cut. Raises StoreError."""
        await self._barrier.reached()

    async def scan(self, read: Callable[[sqlite3.Connection], T]) -> T:
        """At all of it, which takes long, and changes nothing. Raises StoreError."""
        return self._database.read(read) if self._aside is None else await self._aside.scan(read)

    async def empty_log(self) -> bool:
        """What is in it goes into the database itself. False: somebody works with it. Raises StoreError."""
        return True if self._aside is None else await self._aside.empty_log()

    @property
    def log_bytes(self) -> int:
        return 0 if self._path is None else size_of(log_of(self._path))

    @property
    def bytes(self) -> int:
        """Of the database and its log."""
        if self._path is None:
            _, pages, page_bytes = self.free_pages()
            return pages * page_bytes
        return size_of(self._path) + self.log_bytes

    def close(self) -> None:
        if self._aside is not None:
            self._aside.close()
        self._barrier.close()
        self._database.close()

    def _write(self, sql: str, row: Row, parameters: Sequence[Any]) -> int:
        try:
            return self._database.execute(sql, parameters).rowcount
        except sqlite3.IntegrityError as error:
            if "resources.slug" in str(error):
                where = f" in organization {row.org}" if row.org else ""
                raise DuplicateSlug(f'the slug "{row.slug}" is taken{where}') from error
            raise DuplicateId(f"the id {row.id} is taken") from error

    def _first(self, where: str, parameters: Sequence[Any]) -> Row | None:
        found = self._rows(f"{where} LIMIT 1", parameters)
        return found[0] if found else None

    def _rows(self, where: str, parameters: Sequence[Any]) -> list[Row]:
        return [
            _row(values)
            for values in self._database.rows(f"SELECT {COLUMNS} FROM resources {where}", parameters)
        ]


def _conditions(
    kinds: Sequence[int], org: str, parents: Sequence[str] | None, phase: int, tags: Sequence[str], query: str
) -> tuple[str, list[Json]]:
    clauses = [f"kind IN ({', '.join('?' * len(kinds))})"]
    parameters: list[Json] = list(kinds)
    if org:
        clauses.append("org = ?")
        parameters.append(org)
    if parents is not None:
        clauses.append("parent IN (SELECT value FROM json_each(?))")
        parameters.append(json.dumps(list(parents)))
    if phase:
        clauses.append("phase = ?")
        parameters.append(phase)
    for tag in tags:
        clauses.append("instr(char(31) || tags, char(31) || ? || char(31))")
        parameters.append(tag)
    if query:
        clauses.append("instr(search, ?)")
        parameters.append(query.casefold())
    return " AND ".join(clauses), parameters


def _values(row: Row) -> tuple[Any, ...]:
    return (
        row.kind,
        row.id,
        row.org,
        row.slug,
        row.name,
        row.parent,
        row.phase,
        "".join(tag + TAG_END for tag in row.tags),
        row.data,
        row.created_at,
        row.updated_at,
    )


def _row(values: Sequence[Any]) -> Row:
    kind, id_, org, slug, name, parent, phase, tags, data, created_at, updated_at = values
    return Row(
        kind=kind,
        id=id_,
        org=org,
        slug=slug,
        name=name,
        parent=parent,
        phase=phase,
        tags=tuple(tags.split(TAG_END)[:-1]),
        data=data,
        created_at=created_at,
        updated_at=updated_at,
    )


def _search_text(row: Row) -> str:
    return f"{row.name}\n{row.slug}".casefold()


def _encode_token(seq: int) -> str:
    return f"before-{seq}"


def _decode_token(token: str) -> int:
    if token == "":
        return 0
    number = TOKEN.fullmatch(token)
    if not number:
        raise ValueError(f'"{token[:40]}" is not a page token: use the one of the reply before, or none')
    return int(number[1])
