"""What was in each directory when it was last scanned?"""

# Strings, because a Path for each of 10,000 files costs more than to stat them.
# ruff: noqa: PTH116, PTH120

from __future__ import annotations

import os
import time

from devloop.watcher.folders import is_folder
from devloop.watcher.interfaces import Prune, WatchedPlace

FileStat = tuple[int, int, int, int]  # mtime_ns, size, inode, ctime_ns
FOLDER: FileStat = (0, 0, 0, 0)  # a directory is known by its entries
GONE: FileStat = (-1, 0, 0, 0)

SECOND_NS = 1_000_000_000
# Clocks of file systems tick every few milliseconds, every second, or every two (FAT).
TICK_SECONDS, COARSE_TICK_SECONDS = 0.05, 2.1


class Snapshot:
    """Directories that count and their entries, links to directories followed; single files beside them."""

    def __init__(self, place: WatchedPlace, prune: Prune) -> None:
        self._place, self.prune = place, prune
        self._folders: dict[str, dict[str, FileStat]] = {}  # directory -> entry's path -> stat
        self._extra = dict.fromkeys(place.extra, GONE)

    def __contains__(self, folder: str) -> bool:
        return folder in self._folders

    def counts(self, path: str) -> bool:
        return path in self._extra or os.path.dirname(path) in self._folders

    def pass_all(self) -> set[str]:
        """Scans everything; returns what is new, different or gone."""
        changed = self._stat_extra()
        known = set(self._folders)
        for folder in known:
            if folder in self._folders:
                changed |= self.scan(folder)
        if self._place.root not in self._folders:
            changed |= self.scan(self._place.root)
        return changed

    def scan(self, top: str) -> set[str]:
        """Scans one directory, and what is new below it."""
        changed: set[str] = set()
        pending = [top]
        while pending:
            folder = pending.pop()
            before = self._folders.get(folder, {})
            after = self._entries(folder)
            if after is None:
                self._leave(folder)
                changed |= before.keys()
                continue
            self._folders[folder] = after
            pending += [path for path, stat in after.items() if stat == FOLDER and path not in self._folders]
            if after != before:
                changed |= _different(before, after)
            for path, stat in before.items():
                if stat == FOLDER and after.get(path) != FOLDER:
                    self._leave(path)
        return changed

    def tick_seconds(self, path: str) -> float:
        """How far apart two changes must be to leave different stats."""
        modified = self._stat(path)[0]
        return COARSE_TICK_SECONDS if modified > 0 and modified % SECOND_NS == 0 else TICK_SECONDS

    def age_seconds(self, path: str) -> float:
        return abs(time.time_ns() - self._stat(path)[0]) / SECOND_NS

    def _stat(self, path: str) -> FileStat:
        return self._folders.get(os.path.dirname(path), self._extra).get(path, GONE)

    def _entries(self, folder: str) -> dict[str, FileStat] | None:
        entries: dict[str, FileStat] = {}
        try:
            with os.scandir(folder) as found:
                for entry in found:
                    stat = self._entry(entry)
                    if stat is not None:
                        entries[entry.path] = stat
        except OSError:
            return None
        return entries

    def _entry(self, entry: os.DirEntry[str]) -> FileStat | None:
        """None for what does not count or is gone again."""
        try:
            if not entry.is_file(follow_symlinks=False):
                if is_folder(entry, self._prunes):
                    return FOLDER
                if entry.is_dir(follow_symlinks=False):
                    return None
            status = entry.stat(follow_symlinks=False)
        except OSError:
            return None
        return status.st_mtime_ns, status.st_size, status.st_ino, status.st_ctime_ns

    def _prunes(self, path: str) -> bool:
        return self.prune(self._place.below_root(path))

    def _leave(self, top: str) -> None:
        below = top + "/"
        for folder in [path for path in self._folders if path == top or path.startswith(below)]:
            del self._folders[folder]

    def _stat_extra(self) -> set[str]:
        before, self._extra = self._extra, {path: stat_of(path) for path in self._extra}
        return _different(before, self._extra)


def _different(before: dict[str, FileStat], after: dict[str, FileStat]) -> set[str]:
    return {path for path, _ in before.items() ^ after.items()}


def stat_of(path: str) -> FileStat:
    try:
        status = os.stat(path)
    except OSError:
        return GONE
    return status.st_mtime_ns, status.st_size, status.st_ino, status.st_ctime_ns
