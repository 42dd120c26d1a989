"""Watches by inotify: each directory that counts, and no other."""

# Strings, because a Path for each of 10,000 files costs more than to stat them.
# ruff: noqa: PTH112, PTH114, PTH115, PTH118, PTH120

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from contextlib import suppress

from devloop.watcher import inotify_calls as kernel
from devloop.watcher.anchors import anchors
from devloop.watcher.inbox import Inbox
from devloop.watcher.inotify_calls import InotifyEvent, Queue
from devloop.watcher.inotify_tree import Tree
from devloop.watcher.interfaces import Prune, UnwatchableError, WatchedPlace

COME_OR_GO = kernel.CREATE | kernel.DELETE | kernel.MOVED_FROM | kernel.MOVED_TO
ENTRY = COME_OR_GO | kernel.MODIFY | kernel.CLOSE_WRITE | kernel.ATTRIB
STEP = kernel.MOVE_SELF | kernel.DELETE_SELF
MOST_READS = 16  # in case somebody writes all the time
TURN_SECONDS = 0.005  # of watching new directories; then others have their turn


class Inotify:
    """On the event loop, without a thread: idle until the kernel has something to report."""

    name = "inotify"

    def __init__(
        self, place: WatchedPlace, prune: Prune, inbox: Inbox, failed: Callable[[str], None]
    ) -> None:
        self._place, self._inbox, self._failed = place, inbox, failed
        self._loop = asyncio.get_running_loop()
        self._queue = Queue()
        self._tree = Tree(self._queue, place, prune)
        # Watch -> name of an entry ("" for the directory itself) -> root, extra files, links it decides.
        self._anchored: dict[int, dict[str, set[str]]] = {}
        self._touched: set[str] = set()
        self._everywhere = False
        self._ready = asyncio.Event()
        self._turn: asyncio.Handle | None = None
        self._tree.enter(place.root)
        self._loop.add_reader(self._queue.fd, self._readable)

    async def ready(self) -> None:
        self._guarded(self._anchor)
        await self._ready.wait()

    def catch_up(self) -> bool:
        for _ in range(MOST_READS):
            if not self._queue.waiting:
                return not self._tree.busy
            if not self._guarded(self._read_events):
                return False
        return False

    def refresh(self, prune: Prune) -> None:
        self._tree.prune = prune
        self._guarded(self._start_over)

    def close(self) -> None:
        self._ready.set()
        if self._turn is not None:
            self._turn.cancel()
        if self._loop.remove_reader(self._queue.fd):
            self._queue.close()

    def _readable(self) -> None:
        self._guarded(self._read_events)

    def _next_turn(self) -> None:
        self._turn = None
        self._guarded(lambda: None)

    def _guarded(self, step: Callable[[], None]) -> bool:
        try:
            step()
            self._enter()
        except UnwatchableError as error:
            self.close()
            self._failed(str(error))
            return False
        if self._everywhere:
            self._inbox.put_everywhere()
        self._inbox.put(self._touched)
        self._everywhere = False
        self._touched.clear()
        return True

    def _enter(self) -> None:
        """Watches new directories, for a short turn at a time."""
        if not self._tree.work(time.monotonic() + TURN_SECONDS):
            self._turn = self._turn or self._loop.call_soon(self._next_turn)
            return
        if not (tops := self._tree.tops()):
            return
        if self._place.root in tops:
            self._anchor()
        else:
            self._anchor_links()
        if self._ready.is_set():
            # What was written there before it was watched had no event.
            self._touched.update(tops)
        self._ready.set()

    def _read_events(self) -> None:
        for event in self._queue.read():
            self._take(event)

    def _take(self, event: InotifyEvent) -> None:
        if event.mask & kernel.OVERFLOW:
            self._start_over()
            self._inbox.put_everywhere(lost=True)
            return
        decided = self._decided(event)
        for directory in self._tree.paths(event.watch):
            self._in_tree(directory, event)
        if event.mask & kernel.IGNORED:
            self._tree.forget(event.watch)
            self._anchored.pop(event.watch, None)
        if decided:
            self._replaced(decided)

    def _in_tree(self, directory: str, event: InotifyEvent) -> None:
        if not event.name:
            return
        path = f"{directory}/{event.name}"
        if event.mask & COME_OR_GO and path in self._tree:
            self._tree.leave(path)
        if event.mask & kernel.IS_DIRECTORY and self._tree.prunes(path):
            return
        self._touched.add(path)
        if path not in self._tree and self._may_be_entered(event, path):
            self._tree.enter(path, link=not event.mask & kernel.IS_DIRECTORY)

    def _may_be_entered(self, event: InotifyEvent, path: str) -> bool:
        """Something new, perhaps a link. ATTRIB: it may have been closed to us."""
        if event.mask & kernel.IS_DIRECTORY:
            new = kernel.CREATE | kernel.MOVED_TO | kernel.ATTRIB
            return bool(event.mask & new) and not self._tree.prunes(path)
        if not event.mask & (kernel.CREATE | kernel.MOVED_TO) or not os.path.islink(path):
            return False
        # The target is touched only if the link may be followed: it could take for ever.
        return not self._tree.prunes(path) and os.path.isdir(path)

    def _decided(self, event: InotifyEvent) -> set[str]:
        """The root, extra files or links that this event may have replaced or changed."""
        entries = self._anchored.get(event.watch, {})
        if event.mask & (kernel.MOVE_SELF | kernel.DELETE_SELF | kernel.IGNORED | kernel.UNMOUNT):
            return set().union(*entries.values())
        decided = entries.get(event.name, set()) if event.name else set()
        # The tree handles changes inside the root.
        return set(decided) if event.mask & COME_OR_GO else decided - {self._place.root}

    def _replaced(self, targets: set[str]) -> None:
        if self._place.root in targets:
            self._start_over()
            return
        self._touched |= targets
        for link in targets & self._tree.links:
            self._tree.leave(link)
            if not self._tree.prunes(link):
                self._tree.enter(link, link=True)
        self._anchor()

    def _start_over(self) -> None:
        """Watch what is there now; what is watched already stays watched."""
        self._tree.rebuild()
        self._anchor_places()
        self._everywhere = True

    def _anchor(self) -> None:
        before, self._anchored = self._anchored, {}
        self._anchor_places()
        self._anchor_links()
        self._tree.keep = self._anchored.keys()
        for watch in before.keys() - self._anchored.keys():
            self._tree.release(watch)

    def _anchor_places(self) -> None:
        self._anchor_one(self._place.root, self._place.root, COME_OR_GO)
        for target in self._place.extra:
            self._anchor_one(target, target, ENTRY)

    def _anchor_links(self) -> None:
        for link in self._tree.links:
            # The tree sees the link itself; what it points to may be anywhere.
            with suppress(OSError):
                self._anchor_one(os.path.join(os.path.dirname(link), os.readlink(link)), link, COME_OR_GO)

    def _anchor_one(self, path: str, target: str, mask: int) -> None:
        for anchor in anchors(path):
            watch = self._queue.add(anchor.directory, (mask if anchor.name else STEP) | kernel.ADD_TO_MASK)
            if watch is not None:
                self._anchored.setdefault(watch, {}).setdefault(anchor.name, set()).add(target)
