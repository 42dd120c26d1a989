"""Keeps the database in order while nobody waits for it."""

from __future__ import annotations

import logging
import sqlite3
from pathlib import Path

import anyio
import anyio.to_thread

from stigmerd.store import Store
from stigmerd.store.checkpoint import checkpoint, log_bytes

logger = logging.getLogger(__name__)

LOOK_SECONDS = 2.0
# Before that a commit would do it, and everybody would wait for it.
BIG_LOG_BYTES = 2 * 2**20


class Housekeeping:
    """What is in the log alone is not lost with it, and the log does not grow."""

    def __init__(self, store: Store, path: Path) -> None:
        self._store = store
        self._path = path
        self._seen = -1

    async def work(self) -> None:
        """For ever: at once, and then whenever there was something and now is quiet."""
        while True:
            await self._empty_log()
            await anyio.sleep(LOOK_SECONDS)

    async def _empty_log(self) -> None:
        size = log_bytes(self._path)
        quiet, self._seen = self._store.changes == self._seen, self._store.changes
        if size and (quiet or size > BIG_LOG_BYTES):
            try:
                await anyio.to_thread.run_sync(checkpoint, self._path)
            except sqlite3.Error as error:  # a full disk; all of it stays in the log
                logger.warning("the log of %s stays: %s", self._path, error)
