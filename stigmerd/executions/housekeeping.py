"""Keeps the database small while nobody waits for it."""

from __future__ import annotations

import logging

import anyio
import anyio.to_thread

from stigmer_api.config_file import ConfigError, config_file
from stigmerd.executions.pruning import Pruning
from stigmerd.executions.retention import read_retention
from stigmerd.store.aside import BIG_LOG_BYTES
from stigmerd.store.errors import StoreError
from stigmerd.store.store import Store

logger = logging.getLogger(__name__)

CHECK_SECONDS = 2.0
FIRST_TIDY_SECONDS, TIDY_SECONDS = 60.0, 600.0


class Housekeeping:
    """What is in the log alone is not lost with it, and neither of the two grows without end."""

    def __init__(self, store: Store, pruning: Pruning) -> None:
        self._store = store
        self._pruning = pruning
        self._seen = self._tidied = -1

    async def work(self) -> None:
        """For ever."""
        async with anyio.create_task_group() as group:
            group.start_soon(self._empty_logs)
            group.start_soon(self._tidy_up)

    async def _empty_logs(self) -> None:
        """At once, and then whenever there was something and now is quiet."""
        while True:
            await self._empty_log()
            await anyio.sleep(CHECK_SECONDS)

    async def _empty_log(self) -> None:
        size, first = self._store.disk.log_bytes, self._seen < 0
        quiet, self._seen = self._store.changes == self._seen, self._store.changes
        # The first time in any case: its connection is there from then on, and does not come some day.
        if first or (size and (quiet or size > BIG_LOG_BYTES)):
            try:
                await self._store.disk.empty_log()
            except StoreError as error:  # a full disk; all of it stays in the log
                logger.warning("the log stays: %s", error)

    async def _tidy_up(self) -> None:
        await anyio.sleep(FIRST_TIDY_SECONDS)
        while True:
            if self._store.changes != self._tidied:
                await self._forget_what_ended()
                self._tidied = self._store.changes
            await anyio.sleep(TIDY_SECONDS)

    async def _forget_what_ended(self) -> None:
        try:
            retention = await anyio.to_thread.run_sync(read_retention, config_file())
            await self._pruning.tidy(retention.rule_now())
        except ConfigError as error:
            logger.warning("nothing is forgotten: %s", error)
        except StoreError as error:
            logger.warning("what ended long ago stays: %s", error)
