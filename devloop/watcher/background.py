"""A watcher that works in a thread, and reports on the event loop."""

from __future__ import annotations

import asyncio
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import suppress

from devloop.watcher.interfaces import Prune

# A file system that hangs must not hang us: then its thread is left behind.
JOIN_SECONDS = 1.0


class BackgroundEngine(ABC):
    """A watch engine whose `_work` is done by one thread, from `_start` to `close`."""

    name: str

    def __init__(self, prune: Prune) -> None:
        self._prune = prune  # the newest
        self._loop = asyncio.get_running_loop()
        self._thread: threading.Thread | None = None
        self._ready: asyncio.Future[None] = self._loop.create_future()
        self._stop = threading.Event()
        self._wake = threading.Event()

    async def ready(self) -> None:
        await asyncio.shield(self._ready)

    def catch_up(self) -> bool:
        return False  # a thread takes its time

    def refresh(self, prune: Prune) -> None:
        self._prune = prune
        self._wake.set()

    def close(self) -> None:
        self._stop.set()
        self._wake.set()
        if not self._ready.done():
            self._ready.set_result(None)
        if self._thread is not None:
            self._thread.join(JOIN_SECONDS)

    def _start(self) -> None:
        self._thread = threading.Thread(target=self._work, name=f"watcher-{self.name}", daemon=True)
        self._thread.start()

    @abstractmethod
    def _work(self) -> None:
        """All that the thread does: `_set_ready` once every change is seen, return when `_stop` is set."""

    def _set_ready(self) -> None:
        self._call(lambda: None if self._ready.done() else self._ready.set_result(None))

    def _call(self, what: Callable[[], None]) -> None:
        """Calls this on the event loop, unless we were closed in the meantime."""
        # The loop may be gone when a thread that was left behind wakes up.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(lambda: None if self._stop.is_set() else what())

    def _refreshed(self) -> bool:
        """Has the thread been woken since it asked last? Then `_prune` may be another one."""
        woken = self._wake.is_set()
        # First cleared, then obeyed: a refresh in between wakes us once more.
        self._wake.clear()
        return woken
