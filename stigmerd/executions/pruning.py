"""Deletes what has ended: first what only a running execution needs, much later all of it, in small steps."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import anyio
import anyio.to_thread

from stigmerd.executions.retention import details_since, resumable
from stigmerd.store.aside import BIG_LOG_BYTES
from stigmerd.store.pruning import PruningPlan, Rule, plan, with_details
from stigmerd.store.store import Store

logger = logging.getLogger(__name__)

# After that the event loop has four times as long for others.
STEP_SECONDS, REST = 0.004, 4
PAGES = 64  # returned to the file system at a time
SPARE_SHARE, SPARE_BYTES = 0.25, 4 * 2**20  # free pages that wait to be used again


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """How much was deleted, and how big the database was and is."""

    executions: int
    sessions: int
    bytes_before: int
    bytes_after: int


class Pruning:
    """Prunes one store; one pruning at a time."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._turn = anyio.Lock()

    async def prune(self, rule: Rule, *, dry_run: bool = False) -> Pruned:
        """Raises StoreError."""
        async with self._turn:
            before = self._store.disk.bytes
            doomed = await self._store.disk.scan(lambda connection: plan(connection, rule))
            if not dry_run:
                await self._delete(doomed)
                await self._give_back(all_of_it=True)
            return Pruned(
                executions=len(doomed.executions),
                sessions=len(doomed.sessions),
                bytes_before=before,
                bytes_after=self._store.disk.bytes,
            )

    async def prune_expired(self, rule: Rule | None) -> None:
        """What the backend does by itself: details of what has ended, and what the rule does not keep.

        Raises StoreError.
        """
        async with self._turn:
            now = datetime.now(UTC)
            before, kept = details_since(now), resumable(now)
            detailed = await self._store.disk.scan(lambda connection: with_details(connection, before, kept))
            await self._in_steps(step for id_ in detailed for step in self._details_of(id_))
            if rule is not None:
                doomed = await self._store.disk.scan(lambda connection: plan(connection, rule))
                await self._delete(doomed)
                if doomed.executions:
                    logger.info("%d executions that ended long ago are deleted", len(doomed.executions))
            await self._give_back(all_of_it=False)

    async def _delete(self, doomed: PruningPlan) -> None:
        await self._in_steps(step for id_ in doomed.executions for step in self._all_of(id_))
        await self._in_steps(self._sessions(doomed.sessions))

    def _details_of(self, execution_id: str) -> Iterator[None]:
        while self._store.executions.drop_details(execution_id, keep_shown=True):
            yield

    def _all_of(self, execution_id: str) -> Iterator[None]:
        while self._store.executions.drop_details(execution_id, keep_shown=False):
            yield
        self._store.executions.drop_ended(execution_id)
        yield

    def _sessions(self, ids: Sequence[str]) -> Iterator[None]:
        for id_ in ids:
            self._store.executions.drop_empty_session(id_)
            yield

    async def _give_back(self, *, all_of_it: bool) -> None:
        """Returns free pages to the file system."""
        free, total, page_bytes = self._store.disk.free_pages()
        enough = 0 if all_of_it else max(int(total * SPARE_SHARE), SPARE_BYTES // page_bytes)

        def steps() -> Iterator[None]:
            while (left := self._store.disk.free_pages()[0]) > enough:
                self._store.disk.give_back(min(PAGES, left - enough))
                yield
                if self._store.disk.free_pages()[0] >= left:
                    return  # an old database that cannot shrink

        if free > enough:
            await self._in_steps(steps())
        if all_of_it and not await self._store.disk.empty_log():
            logger.debug("the log is emptied later: the database is busy")

    async def _in_steps(self, steps: Iterator[None]) -> None:
        over = False
        while not over:
            began = time.perf_counter()
            with self._store.transaction():
                while not over and time.perf_counter() - began < STEP_SECONDS:
                    over = next(steps, DONE) is DONE
            await anyio.sleep(REST * (time.perf_counter() - began))
            if self._store.disk.log_bytes > BIG_LOG_BYTES:
                await self._store.disk.empty_log()


class _Done:
    """There are no more steps."""


DONE = _Done()
