"""Collects raw events until somebody takes them, as one."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path

from devloop.watcher.interfaces import RawEvent

# Beyond this, to scan everything is cheaper than a list of paths.
MOST_PATHS = 5_000


class Inbox:
    """Events that nobody has taken yet; used on the event loop only."""

    def __init__(self) -> None:
        self._paths: set[str] = set()
        self._everywhere = False
        self._lost = False
        self._closed = False
        self._filled = asyncio.Event()

    def put(self, paths: Iterable[str]) -> None:
        if not self._everywhere:
            self._paths.update(paths)
            self._everywhere = len(self._paths) > MOST_PATHS
        if self._everywhere:
            self._paths.clear()
        if self._paths or self._everywhere:
            self._filled.set()

    def put_everywhere(self, *, lost: bool = False) -> None:
        self._everywhere = True
        self._lost = self._lost or lost
        self.put(())

    def close(self) -> None:
        """No more events: whoever waits for one reaches the end."""
        self._closed = True
        self._filled.set()

    def __aiter__(self) -> Inbox:
        return self

    async def __anext__(self) -> RawEvent:
        while True:
            await self._filled.wait()
            if self._closed:
                raise StopAsyncIteration
            if (event := self.take()) is not None:
                return event

    def take(self) -> RawEvent | None:
        """What has come so far, without waiting."""
        if self._closed or not self._filled.is_set():
            return None
        self._filled.clear()
        event = RawEvent(frozenset(map(Path, self._paths)), self._lost)
        self._paths.clear()
        self._everywhere = self._lost = False
        return event
