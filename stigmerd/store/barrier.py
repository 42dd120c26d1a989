"""Waits until what was committed is on the disk: one fsync for all who wait.

A commit writes to the log and does not wait for the disk (PRAGMA synchronous = NORMAL): it outlives the
process, not the machine. Before a promise to the world outside, wait here.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from stigmerd.store.database import Database
from stigmerd.store.errors import StoreError
from stigmerd.store.wal import log_of

# It also brings the size of the file to the disk, and spares the times.
flush: Callable[[int], None] = getattr(os, "fdatasync", os.fsync)


class Barrier:
    """For the event loop: the disk is waited for in a thread."""

    def __init__(self, database: Database, path: Path | None) -> None:
        self._database = database
        self._path = path  # None: in memory, where nothing is promised
        self._safe = database.changes if path is None else -1
        self._flight: asyncio.Future[None] | None = None
        self._thread: ThreadPoolExecutor | None = None
        self._descriptor: int | None = None
        self._trouble: StoreError | None = None

    async def reached(self) -> None:
        """All that was committed before the call is on the disk. Raises StoreError."""
        wanted = self._database.changes
        while self._path is not None and self._safe < wanted:
            if self._trouble is not None:
                raise self._trouble
            await asyncio.shield(self._flight or self._begin())

    def close(self) -> None:
        if self._thread is not None:
            self._thread.shutdown()
        if self._descriptor is not None:
            os.close(self._descriptor)

    def _begin(self) -> asyncio.Future[None]:
        covered = self._database.changes
        loop = asyncio.get_running_loop()
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, "fsync")
        # Of our own, done when what it brings is noted: to wait for one that is done is to wait for nothing.
        flight: asyncio.Future[None] = loop.create_future()
        self._flight = flight

        def landed(work: asyncio.Future[None]) -> None:
            self._flight = None
            if (error := work.exception()) is None:
                self._safe = covered
            else:
                # The kernel forgets what it could not write, and would call the next attempt a success.
                self._trouble = StoreError(
                    f"cannot sync {self._path} to disk ({error}): nothing continues until the backend is "
                    "started again: check the disk, then stigmer server stop"
                )
            if not flight.done():
                flight.set_result(None)

        loop.run_in_executor(self._thread, self._flush).add_done_callback(landed)
        return flight

    def _flush(self) -> None:
        assert self._path is not None
        if self._descriptor is None:
            # SQLite's locks are on other files: closing this one takes none away.
            self._descriptor = os.open(log_of(self._path), os.O_RDONLY | os.O_CLOEXEC)
        flush(self._descriptor)
