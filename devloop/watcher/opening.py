"""Opens the best watcher for a place, and another one when it fails."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

from devloop.watcher.inbox import Inbox
from devloop.watcher.interfaces import (
    Prune,
    RawEvent,
    UnwatchableError,
    WatchedPlace,
    WatchEngine,
    Watcher,
    WatchMode,
)
from devloop.watcher.mounts import mounts, silent_mount
from devloop.watcher.polling import Polling


@asynccontextmanager
async def open_watcher(
    root: Path, prune: Prune, *, mode: WatchMode = WatchMode.AUTO, extra: Iterable[Path] = ()
) -> AsyncIterator[Watcher]:
    """Once this is entered, every change yields an event. `extra`: single files outside the root."""
    place = WatchedPlace(root=str(root.absolute()), extra=tuple(str(path.absolute()) for path in extra))
    watching = _Watching(place, prune)
    try:
        await watching.open(*choose(place.root, mode))
        yield watching
    finally:
        watching.close()


def choose(root: str, mode: WatchMode, platform: str = sys.platform) -> tuple[WatchMode, str]:
    """Which watcher, and what to tell the user about it."""
    if mode is WatchMode.INOTIFY and platform != "linux":
        return WatchMode.WATCHFILES, "inotify exists on Linux only: using watchfiles"
    if mode is not WatchMode.AUTO:
        return mode, ""
    if platform != "linux":
        return WatchMode.WATCHFILES, ""
    silent = silent_mount(os.path.realpath(root), mounts())
    if silent is not None:
        return (
            WatchMode.SCAN,
            f"{silent.point} is a {silent.kind} file system, which does not report changes: polling",
        )
    return WatchMode.INOTIFY, ""


class _Watching:
    """The watcher that is handed out; behind it the engine may change."""

    def __init__(self, place: WatchedPlace, prune: Prune) -> None:
        self._place, self._prune = place, prune
        self._inbox = Inbox()
        self._notes: list[str] = []
        self._engine: WatchEngine | None = None

    @property
    def name(self) -> str:
        return "" if self._engine is None else self._engine.name

    @property
    def notes(self) -> tuple[str, ...]:
        return tuple(self._notes)

    def events(self) -> AsyncIterator[RawEvent]:
        return self._inbox

    def drain(self) -> tuple[RawEvent, ...] | None:
        if self._engine is None or not self._engine.catch_up():
            return None
        event = self._inbox.take()
        return () if event is None else (event,)

    def refresh(self, prune: Prune) -> None:
        self._prune = prune
        if self._engine is not None:
            self._engine.refresh(prune)

    async def open(self, mode: WatchMode, note: str) -> None:
        if note:
            self._notes.append(note)
        try:
            self._engine = self._make(mode)
        except UnwatchableError as error:
            self._fall_back(str(error))
        # It may fall back while we wait.
        ready = None
        while ready is not self._engine and self._engine is not None:
            ready = self._engine
            await ready.ready()

    def close(self) -> None:
        if self._engine is not None:
            self._engine.close()
        self._inbox.close()

    def _make(self, mode: WatchMode) -> WatchEngine:
        # Each costs time to import, and one is enough.
        if mode is WatchMode.INOTIFY:
            from devloop.watcher.inotify import Inotify

            return Inotify(self._place, self._prune, self._inbox, self._fall_back)
        if mode is WatchMode.WATCHFILES:
            from devloop.watcher.portable import Portable

            return Portable(self._place, self._prune, self._inbox, self._fall_back)
        return Polling(self._place, self._prune, self._inbox, announce=False)

    def _fall_back(self, reason: str) -> None:
        self._notes.append(f"{reason}; polling meanwhile")
        failed = self._engine
        self._engine = Polling(self._place, self._prune, self._inbox, announce=True)
        if failed is not None:
            failed.close()
