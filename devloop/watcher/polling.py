"""Stats every file again and again, where the system reports no changes."""

# Strings, because a Path for each of 10,000 files costs more than to stat them.
# ruff: noqa: PTH120

from __future__ import annotations

import os
import time

from devloop.watcher.background import BackgroundEngine
from devloop.watcher.inbox import Inbox
from devloop.watcher.interfaces import Prune, WatchedPlace
from devloop.watcher.snapshot import Snapshot

# A pass may take this part of the time, and less when nothing has happened for a while.
BUSY_SHARE, IDLE_SHARE = 1 / 15, 1 / 100
IDLE_AFTER_SECONDS = 60.0
SHORTEST_SECONDS, LONGEST_SECONDS = 0.25, 10.0
# Who saves a file is likely to save its neighbour soon: such directories are scanned more often.
HOT_STEP_SECONDS = 0.1
HOT_SECONDS = 300.0
MOST_HOT = 8


class Polling(BackgroundEngine):
    """In a thread: on a network file system, a stat can take long."""

    name = "scan"

    def __init__(self, place: WatchedPlace, prune: Prune, inbox: Inbox, *, announce: bool) -> None:
        super().__init__(prune)
        self._inbox = inbox
        self._announce = announce  # others watched before: what happened in between is unknown
        self._snapshot = Snapshot(place, prune)
        self._hot: dict[str, float] = {}  # directory -> until when; the last changed at the end
        self._again: dict[str, float] = {}  # file -> when to name it again
        self._hot_step = HOT_STEP_SECONDS
        self._last_change = 0.0
        self._start()

    def _work(self) -> None:
        self._recent_at_start(self._snapshot.pass_all())
        if self._announce:
            self._call(self._inbox.put_everywhere)
        self._set_ready()
        pause = SHORTEST_SECONDS
        while not self._wait(pause):
            if refreshed := self._refreshed():
                self._snapshot.prune = self._prune
            began, spent = time.monotonic(), time.thread_time()
            changed = self._snapshot.pass_all()
            if refreshed:
                self._call(self._inbox.put_everywhere)
            else:
                self._emit(changed)
            pause = self._pause(time.thread_time() - spent, time.monotonic() - began)

    def _pause(self, cpu_seconds: float, seconds: float) -> float:
        idle = time.monotonic() - self._last_change > IDLE_AFTER_SECONDS
        # Waiting for a slow disk costs less than computing, but is not free either.
        pause = max(cpu_seconds, seconds / 10) / (IDLE_SHARE if idle else BUSY_SHARE)
        return min(max(pause, SHORTEST_SECONDS), LONGEST_SECONDS)

    def _wait(self, seconds: float) -> bool:
        """Until the next pass; scans hot directories meanwhile. True: it is time to stop."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0 and not self._wake.is_set():
            self._wake.wait(min(left, self._hot_step) if self._hot or self._again else left)
            self._scan_hot()
        return self._stop.is_set()

    def _scan_hot(self) -> None:
        now, spent = time.monotonic(), time.thread_time()
        self._hot = {folder: until for folder, until in self._hot.items() if until > now}
        changed: set[str] = set()
        for folder in self._hot:
            if folder in self._snapshot:
                changed |= self._snapshot.scan(folder)
        due = {path for path, when in self._again.items() if when <= now}
        for path in due:
            del self._again[path]
        self._emit(changed)
        still = {path for path in due if self._snapshot.counts(path)}
        self._call(lambda: self._inbox.put(still))
        self._hot_step = max(HOT_STEP_SECONDS, (time.thread_time() - spent) / BUSY_SHARE)

    def _emit(self, changed: set[str]) -> None:
        if not changed:
            return
        self._call(lambda: self._inbox.put(changed))
        self._last_change = now = time.monotonic()
        for path in changed:
            # Two writes within one tick of the file system's clock leave the same stat: report it once more.
            self._again[path] = now + self._snapshot.tick_seconds(path)
        for folder in {os.path.dirname(path) for path in changed}:
            self._hot.pop(folder, None)
            self._hot[folder] = now + HOT_SECONDS
        for folder in list(self._hot)[:-MOST_HOT]:
            del self._hot[folder]

    def _recent_at_start(self, files: set[str]) -> None:
        """Files that were written just before the first scan may be written again in the same tick."""
        now = time.monotonic()
        for path in files:
            tick = self._snapshot.tick_seconds(path)
            if self._snapshot.age_seconds(path) < tick:
                self._again[path] = now + tick
