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
FIRST_PRUNING_SECONDS, PRUNING_SECONDS = 60.0, 600.0


class Housekeeping:
    """Empties the write-ahead log, and prunes what has ended."""

    def __init__(self, store: Store, pruning: Pruning) -> None:
        self._store = store
        self._pruning = pruning
        self._changes = self._pruned_at = -1

    async def work(self) -> None:
        """For ever."""
        async with anyio.create_task_group() as group:
            group.start_soon(self._empty_log_when_quiet)
            group.start_soon(self._prune_regularly)

    async def _empty_log_when_quiet(self) -> None:
        """At once, and then whenever something was written and now nothing is."""
        while True:
            await self._empty_log()
            await anyio.sleep(CHECK_SECONDS)

    async def _empty_log(self) -> None:
        size, first = self._store.disk.log_bytes, self._changes < 0
        quiet, self._changes = self._store.changes == self._changes, self._store.changes
        # The first time in any case: it opens the connection, which then costs nothing later.
        if first or (size and (quiet or size > BIG_LOG_BYTES)):
            try:
                await self._store.disk.empty_log()
            except StoreError as error:  # a full disk; all of it stays in the log
                logger.warning("the log stays: %s", error)

    async def _prune_regularly(self) -> None:
        await anyio.sleep(FIRST_PRUNING_SECONDS)
        while True:
            if self._store.changes != self._pruned_at:
                await self._prune()
                self._pruned_at = self._store.changes
            await anyio.sleep(PRUNING_SECONDS)

    async def _prune(self) -> None:
        try:
            retention = await anyio.to_thread.run_sync(read_retention, config_file())
            await self._pruning.prune_expired(retention.rule_now())
        except ConfigError as error:
            logger.warning("nothing is pruned: %s", error)
        except StoreError as error:
            logger.warning("what ended long ago stays: %s", error)
