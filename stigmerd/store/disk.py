"""The files behind the store: are they safe, how big are they, how do they become smaller?"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from stigmerd.store.aside import Aside
from stigmerd.store.barrier import Barrier
from stigmerd.store.database import Database
from stigmerd.store.wal import log_of, size_of

T = TypeVar("T")


class DatabaseFile:
    """The database and its write-ahead log. In memory there is neither, and nothing to do."""

    def __init__(self, database: Database, path: Path | None) -> None:
        self._database = database
        self._path = path  # None: in memory
        self._barrier = Barrier(database, path)
        self._aside = Aside(path) if path is not None else None

    async def flushed(self) -> None:
        """Waits until all that was committed survives a power cut. Raises StoreError."""
        await self._barrier.reached()

    async def scan(self, read: Callable[[sqlite3.Connection], T]) -> T:
        """Reads all of it in a thread, and changes nothing. Raises StoreError."""
        return self._database.read(read) if self._aside is None else await self._aside.scan(read)

    async def empty_log(self) -> bool:
        """Moves the log into the database itself. False: the database is busy. Raises StoreError."""
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

    def free_pages(self) -> tuple[int, int, int]:
        """(free, all, bytes of each)"""
        names = ("freelist_count", "page_count", "page_size")
        free, total, page_bytes = (self._database.rows(f"PRAGMA {name}")[0][0] for name in names)
        return free, total, page_bytes

    def give_back(self, pages: int) -> None:
        """Returns pages to the file system, when the log is next emptied."""
        self._database.rows(f"PRAGMA incremental_vacuum({pages})")

    def close(self) -> None:
        """To be called before the database is closed, which then empties the log and removes it."""
        if self._aside is not None:
            self._aside.close()
        self._barrier.close()
