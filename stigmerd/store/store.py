"""Every resource that the backend knows, found by id, slug, parent or page."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from stigmerd.store.database import Database
from stigmerd.store.disk import DatabaseFile
from stigmerd.store.errors import DuplicateId, DuplicateSlug, Gone
from stigmerd.store.events import EventTable
from stigmerd.store.executions import ExecutionTable
from stigmerd.store.journal import JournalTable
from stigmerd.store.notes import NoteTable
from stigmerd.store.paging import (
    DEFAULT_PAGE_SIZE,
    MAX_PAGE_SIZE,
    Page,
    conditions,
    decode_token,
    encode_token,
)
from stigmerd.store.rows import COLUMNS, WITHOUT_DATA, Row, row_of, search_text, values_of
from stigmerd.store.sessions import SessionTable
from stigmerd.store.signals import SignalTable
from stigmerd.store.versions import VersionTable


class Store:
    """Synchronous; a commit takes about 0.05 ms, so it is called straight from the event loop."""

    def __init__(self, database: Database, path: Path | None = None) -> None:
        self._database = database
        self.missing = database.missing  # what may be, in a sentence
        self.disk = DatabaseFile(database, path)
        self.executions = ExecutionTable(database)
        self.events = EventTable(database)
        self.journal = JournalTable(database)
        self.notes = NoteTable(database)
        self.requests = NoteTable(database, "requests", "request_counts")
        self.sessions = SessionTable(database)
        self.signals = SignalTable(database)
        self.versions = VersionTable(database)

    @classmethod
    def open(cls, path: Path | None) -> Store:
        """None: in memory. Raises StoreError: damaged, read-only, from a newer version, disk full."""
        return cls(Database.open(path), path)

    def insert(self, row: Row) -> None:
        """Raises DuplicateSlug (of kind and organization; not for executions and sessions) or DuplicateId."""
        self._write(
            f"INSERT INTO resources ({COLUMNS}, search) VALUES (?{', ?' * 11})",
            row,
            (*values_of(row), search_text(row)),
        )

    def replace(self, row: Row) -> None:
        """Raises KeyError when there is none with this kind and id, DuplicateSlug as insert does."""
        changed = self._write(
            "UPDATE resources SET org = ?, slug = ?, name = ?, parent = ?, phase = ?, tags = ?, data = ?,"
            " created_at = ?, updated_at = ?, search = ? WHERE id = ? AND kind = ?",
            row,
            (*values_of(row)[2:], search_text(row), row.id, row.kind),
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

    def children(self, kind: int, parent: str) -> list[Row]:
        """Oldest first."""
        return self._rows("WHERE parent = ? AND kind = ? ORDER BY seq", (parent, kind))

    def delete(self, kind: int, id: str) -> None:  # noqa: A002
        """Also its events, journal, signals and versions. None there: nothing happens."""
        self._database.execute("DELETE FROM resources WHERE id = ? AND kind = ?", (id, kind))

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
        before = decode_token(token)
        size = min(size if size > 0 else DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE)
        where, parameters = conditions(kinds, org, parents, phase, tags, query)
        total = self._database.rows(f"SELECT count(*) FROM resources WHERE {where}", parameters)[0][0]
        if before:
            where, parameters = f"{where} AND seq < ?", [*parameters, before]
        found = self._database.rows(
            f"SELECT seq, {COLUMNS if data else WITHOUT_DATA} FROM resources WHERE seq IN"
            f" (SELECT seq FROM resources WHERE {where} ORDER BY seq DESC LIMIT ? OFFSET ?)"
            " ORDER BY seq DESC",
            [*parameters, size + 1, skip],
        )
        next_token = encode_token(found[size - 1][0]) if len(found) > size else ""
        return Page(
            rows=tuple(row_of(values[1:]) for values in found[:size]), next_token=next_token, total=total
        )

    def transaction(self) -> AbstractContextManager[None]:
        """All or nothing; transactions nest."""
        return self._database.transaction()

    def on_rollback(self, undo: Callable[[], object]) -> None:
        """Calls `undo` when the open transaction fails: for what memory holds of it."""
        self._database.on_rollback(undo)

    @property
    def changes(self) -> int:
        """Grows with each row that is written."""
        return self._database.changes

    def close(self) -> None:
        self.disk.close()
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
            row_of(values)
            for values in self._database.rows(f"SELECT {COLUMNS} FROM resources {where}", parameters)
        ]
