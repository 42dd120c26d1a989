"""A second connection in a thread of its own, for long reads and for emptying the log."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from stigmerd.store.errors import explain

# From then on the log is emptied also while somebody writes.
BIG_LOG_BYTES = 2 * 2**20

T = TypeVar("T")


class Aside:
    """Keeps one connection open: SQLite keeps the descriptor of one that is closed beside another."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None
        self._thread = ThreadPoolExecutor(1, "store")

    async def scan(self, read: Callable[[sqlite3.Connection], T]) -> T:
        """One state of the database for all that is read. Raises StoreError."""
        return await self._run(lambda connection: _scanned(connection, read))

    async def empty_log(self) -> bool:
        """Whether the log is empty now. Raises StoreError."""
        return await self._run(checkpoint)

    def close(self) -> None:
        """To be called before the first connection is closed, which then empties the log and removes it."""
        self._thread.submit(self._leave)
        self._thread.shutdown()

    async def _run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, self._with, work)
        except sqlite3.Error as error:
            raise explain(error, str(self._path)) from error

    def _with(self, work: Callable[[sqlite3.Connection], T]) -> T:
        if self._connection is None:
            # Never a new file in place of one that was removed with its directory.
            existing = f"{self._path.absolute().as_uri()}?mode=rw"
            self._connection = sqlite3.connect(existing, timeout=0, isolation_level=None, uri=True)
            self._connection.execute("PRAGMA synchronous = NORMAL")
        return work(self._connection)

    def _leave(self) -> None:
        if self._connection is not None:
            self._connection.close()


def _scanned(connection: sqlite3.Connection, read: Callable[[sqlite3.Connection], T]) -> T:
    connection.execute("BEGIN")
    try:
        return read(connection)
    finally:
        connection.execute("ROLLBACK")


def checkpoint(connection: sqlite3.Connection) -> bool:
    """Brings the log into the database, without blocking writers."""
    busy, frames, copied = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    if busy or frames != copied:
        return False
    # All is copied: to empty the log is quick.
    busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not busy
