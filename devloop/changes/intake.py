"""From raw events to dirty paths."""

from __future__ import annotations

import time

import anyio

from devloop.changes.dirty import EVERYWHERE, DirtyPaths
from devloop.changes.explain import Explanations
from devloop.changes.scope import WatchedFiles
from devloop.changes.settle import Settle
from devloop.watcher import RawEvent, Watcher


class EventIntake:
    """Takes the watcher's events. Those of paths that count restart the wait for quiet."""

    def __init__(
        self, watcher: Watcher, scope: WatchedFiles, settle: Settle, explanations: Explanations
    ) -> None:
        self.dirty = DirtyPaths()
        self._watcher = watcher
        self._scope = scope
        self.settle = settle
        self._explanations = explanations
        self._marked = anyio.Event()

    async def listen(self) -> None:
        """For ever."""
        async for event in self._watcher.events():
            self.mark_dirty(event)

    def mark_dirty(self, event: RawEvent) -> None:
        if event.lost:
            self._explanations.add(EVERYWHERE, "the system dropped events: scanning everything")
        if event.lost or not event.paths:
            self.dirty.mark((EVERYWHERE,))
        for path in event.paths:
            self.dirty.mark(self._scope.keys(str(path)))
        if self.dirty.waiting:
            self.settle.event(time.monotonic())
            self._marked.set()

    def is_undisturbed(self) -> bool:
        """Has nothing happened so far? False also if the watcher cannot say."""
        events = self._watcher.drain()
        for event in events or ():
            self.mark_dirty(event)
        return events is not None and not self.dirty.waiting

    async def wait(self, seconds: float) -> None:
        """For the next event that counts, or so long."""
        with anyio.move_on_after(seconds):
            await self._marked.wait()
        self._marked = anyio.Event()
