"""A thread that watches, and calls back on the event loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress

# A file system that hangs must not hang us: then its thread is left behind.
JOIN_SECONDS = 1.0


class Background:
    """One thread, from `start` to `close`."""

    def __init__(self, name: str) -> None:
        self._loop = asyncio.get_running_loop()
        self._name = name
        self._thread: threading.Thread | None = None
        self._ready: asyncio.Future[None] = self._loop.create_future()
        self.stop = threading.Event()
        self.wake = threading.Event()

    def start(self, work: Callable[[], None]) -> None:
        self._thread = threading.Thread(target=work, name=f"watcher-{self._name}", daemon=True)
        self._thread.start()

    async def ready(self) -> None:
        await asyncio.shield(self._ready)

    def call(self, what: Callable[[], None]) -> None:
        """Call this on the event loop, unless we were closed in the meantime."""
        # The loop may be gone when a thread that was left behind wakes up.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(lambda: None if self.stop.is_set() else what())

    def set_ready(self) -> None:
        self.call(lambda: None if self._ready.done() else self._ready.set_result(None))

    def close(self) -> None:
        self.stop.set()
        self.wake.set()
        if not self._ready.done():
            self._ready.set_result(None)
        if self._thread is not None:
            self._thread.join(JOIN_SECONDS)
