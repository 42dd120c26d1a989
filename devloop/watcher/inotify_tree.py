"""Which inotify watch stands for which directory?"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Sequence

from devloop.watcher import inotify_calls as kernel
from devloop.watcher.folders import Folder, folders_in
from devloop.watcher.inotify_calls import Queue
from devloop.watcher.interfaces import Prune, WatchedPlace

DIRECTORY = (
    kernel.CREATE
    | kernel.DELETE
    | kernel.MOVED_FROM
    | kernel.MOVED_TO
    | kernel.MODIFY
    | kernel.CLOSE_WRITE
    | kernel.ATTRIB
    | kernel.ONLY_DIRECTORIES
    | kernel.NOT_UNLINKED
    | kernel.ADD_TO_MASK
)


class Tree:
    """The watched directories. Links to directories are followed."""

    def __init__(self, queue: Queue, place: WatchedPlace, prune: Prune) -> None:
        self._queue, self._place, self.prune = queue, place, prune
        self._paths: dict[int, list[str]] = {}
        self._watches: dict[str, int] = {}
        self.links: set[str] = set()
        self._tops: list[str] = []
        self._pending: list[str] = []
        self._reading: Iterator[Folder | None] | None = None
        self._stale: Collection[int] = ()  # watches from before, unless they are needed again
        self.keep: Collection[int] = ()  # watches that others need, too

    def __contains__(self, path: str) -> bool:
        return path in self._watches or path in self.links

    def paths(self, watch: int) -> tuple[str, ...]:
        return tuple(self._paths.get(watch, ()))

    def prunes(self, path: str) -> bool:
        return self.prune(self._place.below_root(path))

    def enter(self, top: str, *, link: bool = False) -> None:
        """Watch a directory and what is below it: in pieces, by `work`."""
        if link:
            self.links.add(top)
        self._tops.append(top)
        self._pending.append(top)

    @property
    def busy(self) -> bool:
        return bool(self._pending or self._reading)

    def work(self, until: float) -> bool:
        """Continues until this moment; false: there is more to do."""
        while self.busy:
            if time.monotonic() >= until:
                return False
            if self._reading is None:
                self._reading = self._entered(self._pending.pop())
            for folder in self._reading:
                if folder is None:
                    break
                self._pending.append(folder.path)
                if folder.link:
                    self.links.add(folder.path)
            else:
                self._reading = None
        for watch in self._stale:
            self.release(watch)
        self._stale = ()
        return True

    def tops(self) -> Sequence[str]:
        """What has been entered since the last call: a scan there misses nothing now."""
        tops, self._tops = self._tops, []
        return tops

    def _entered(self, path: str) -> Iterator[Folder | None]:
        """The directories in one. It is watched before it is read, so that nothing slips in."""
        watch = self._queue.add(path, DIRECTORY)
        if watch is None:
            return iter(())
        self._name(watch, path)
        return folders_in(path, self.prunes)

    def leave(self, top: str) -> None:
        """A directory is not there any more, or not the same one."""
        below = top + "/"
        for path in [path for path in self._watches if path == top or path.startswith(below)]:
            self._unname(self._watches[path], path)
        self.links = {link for link in self.links if link != top and not link.startswith(below)}

    def forget(self, watch: int) -> None:
        """The kernel has removed a watch."""
        for path in self._paths.pop(watch, ()):
            self._watches.pop(path, None)

    def rebuild(self) -> None:
        self._stale = {*self._stale, *self._paths}
        self._paths, self._watches, self.links = {}, {}, set()
        self._pending, self._reading = [], None
        self.enter(self._place.root)

    def release(self, watch: int) -> None:
        """Remove a watch unless somebody needs it."""
        if watch not in self._paths and watch not in self.keep:
            self._queue.remove(watch)

    def _name(self, watch: int, path: str) -> None:
        """A directory has one watch, however many links lead to it."""
        names = self._paths.setdefault(watch, [])
        if path not in names:
            names.append(path)
        self._watches[path] = watch

    def _unname(self, watch: int, path: str) -> None:
        del self._watches[path]
        self._paths[watch].remove(path)
        if not self._paths[watch]:
            del self._paths[watch]
            self.release(watch)
