"""Forgets what has ended: first what only a running execution needs, much later all of it, bit by bit."""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import anyio
import anyio.to_thread

from stigmerd.retention import details_since
from stigmerd.store import Store
from stigmerd.store.checkpoint import checkpoint, log_bytes
from stigmerd.store.errors import explain
from stigmerd.store.pruning import Plan, Rule, plan, with_details
from stigmerd.store.wal import size_of

logger = logging.getLogger(__name__)

# The event loop is given back after that; then it has four times as long for others.
BIT_SECONDS, REST = 0.004, 4
PAGES = 64  # given back to the file system at a time
SPARE_SHARE, SPARE_BYTES = 0.25, 4 * 2**20  # free pages that wait to be used again

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """What went, and how big the database was and is."""

    executions: int
    sessions: int
    bytes_before: int
    bytes_after: int


class Pruning:
    """Of one store; one at a time."""

    def __init__(self, store: Store, path: Path | None) -> None:
        self._store = store
        self._path = path
        self._turn = anyio.Lock()

    async def prune(self, rule: Rule, *, dry_run: bool = False) -> Pruned:
        """Raises StoreError."""
        async with self._turn:
            before = self._bytes()
            going = await self._look(lambda connection: plan(connection, rule))
            if not dry_run:
                await self._forget(going)
                await self._give_back(all_of_it=True)
            return Pruned(
                executions=len(going.executions),
                sessions=len(going.sessions),
                bytes_before=before,
                bytes_after=self._bytes(),
            )

    async def tidy(self, rule: Rule | None) -> None:
        """What the backend does by itself. Raises StoreError."""
        async with self._turn:
            before = details_since(datetime.now(UTC))
            detailed = await self._look(lambda connection: with_details(connection, before))
            await self._in_bits(bit for id_ in detailed for bit in self._details_of(id_))
            if rule is not None:
                going = await self._look(lambda connection: plan(connection, rule))
                await self._forget(going)
                if going.executions:
                    logger.info("%d executions that ended long ago are forgotten", len(going.executions))
            await self._give_back(all_of_it=False)

    async def _forget(self, going: Plan) -> None:
        await self._in_bits(bit for id_ in going.executions for bit in self._all_of(id_))
        await self._in_bits(self._sessions(going.sessions))

    def _details_of(self, execution_id: str) -> Iterator[None]:
        while self._store.drop_details(execution_id, keep_conversation=True):
            yield

    def _all_of(self, execution_id: str) -> Iterator[None]:
        while self._store.drop_details(execution_id, keep_conversation=False):
            yield
        self._store.drop_ended(execution_id)
        yield

    def _sessions(self, ids: Sequence[str]) -> Iterator[None]:
        for id_ in ids:
            self._store.drop_empty_session(id_)
            yield

    async def _give_back(self, *, all_of_it: bool) -> None:
        """Pages that nobody needs, to the file system."""
        free, total, page_bytes = self._store.free_pages()
        enough = 0 if all_of_it else max(int(total * SPARE_SHARE), SPARE_BYTES // page_bytes)

        def bits() -> Iterator[None]:
            while (left := self._store.free_pages()[0]) > enough:
                self._store.give_back(min(PAGES, left - enough))
                yield
                if self._store.free_pages()[0] >= left:
                    return  # a database of before there was such a thing

        if free > enough:
            await self._in_bits(bits())
        if self._path is not None and all_of_it and log_bytes(self._path):
            await anyio.to_thread.run_sync(_emptied, self._path)

    async def _in_bits(self, bits: Iterator[None]) -> None:
        over = False
        while not over:
            began = time.perf_counter()
            with self._store.transaction():
                while not over and time.perf_counter() - began < BIT_SECONDS:
                    over = next(bits, DONE) is DONE
            await anyio.sleep(REST * (time.perf_counter() - began))

    async def _look(self, read: Callable[[sqlite3.Connection], T]) -> T:
        """In a thread, with a connection of its own; what is in memory has but one."""
        if self._path is None:
            return self._store.read(read)
        try:
            return await anyio.to_thread.run_sync(_read, self._path, read)
        except sqlite3.Error as error:
            raise explain(error, str(self._path)) from error

    def _bytes(self) -> int:
        if self._path is None:
            _, pages, page_bytes = self._store.free_pages()
            return pages * page_bytes
        return size_of(self._path) + log_bytes(self._path)


class _Done:
    """There are no more bits."""


DONE = _Done()


def _read(path: Path, read: Callable[[sqlite3.Connection], T]) -> T:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA query_only = ON")
        connection.execute("BEGIN")  # one state of it for all questions
        return read(connection)


def _emptied(path: Path) -> None:
    try:
        checkpoint(path)
    except sqlite3.Error as error:
        logger.warning("the log of %s stays: %s", path, error)
