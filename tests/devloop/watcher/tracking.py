"""Tracks files by the events alone, and compares with what there is."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio

from devloop.watcher import Prune, RawEvent, Watcher, WatchMode, open_watcher
from tests.support.poll import PATIENCE_SECONDS

OLD = 1_700_000_000


def ignored(directory: str) -> bool:
    return directory.rsplit("/", 1)[-1] in ("ignored", "node_modules", ".git")


def nothing_ignored(directory: str) -> bool:
    return False


def long_ago(directory: Path) -> None:
    """A file that was written just before the start may have an event, too. Not these."""
    for path in directory.rglob("*"):
        os.utime(path, (OLD, OLD))


class FileTracker:
    """Knows the files of a project as far as events have led there."""

    def __init__(self, root: Path, watcher: Watcher, prune: Prune, extra: Iterable[Path]) -> None:
        self.root, self.watcher = root, watcher
        self._extra = tuple(extra)
        self.prune = prune
        self._events = watcher.events()
        self.events: list[RawEvent] = []
        self.known = self.truth()

    def truth(self) -> dict[Path, bytes]:
        files = dict(self._below(self.root))
        for path in self._extra:
            files.update(self._at(path))
        return files

    async def catches_up(self) -> None:
        """Ends when what events have shown is what there is."""
        with anyio.fail_after(PATIENCE_SECONDS):
            while self.known != self.truth():
                await self.next()

    async def goes_on(self) -> None:
        while True:
            await self.next()

    async def next(self) -> RawEvent:
        with anyio.fail_after(PATIENCE_SECONDS):
            event = await anext(self._events)
        self.events.append(event)
        if not event.paths:
            self.known = self.truth()
        self._scan(event.paths)
        return event

    def was_led_to(self, path: Path) -> bool:
        return any(not event.paths or path in event.paths for event in self.events)

    def _scan(self, paths: frozenset[Path]) -> None:
        files = {path for path in paths if path.is_file()}
        folders = {one.parent for one in self.known}
        if others := paths - (files - folders):
            self.known = {
                one: text for one, text in self.known.items() if others.isdisjoint((one, *one.parents))
            }
        for path in paths:
            if not self._left_out(path):
                self.known.update(self._at(path) if path in files else self._below(path))

    def _left_out(self, path: Path) -> bool:
        folders = [one for one in (path, *path.parents) if self.root in one.parents and one.is_dir()]
        return any(self.prune(one.relative_to(self.root).as_posix()) or _back(one) for one in folders)

    def _at(self, path: Path) -> Iterator[tuple[Path, bytes]]:
        try:
            yield path, path.read_bytes()
        except OSError:  # gone, a directory, or a link to itself
            return

    def _below(self, directory: Path) -> Iterator[tuple[Path, bytes]]:
        for here, folders, names in os.walk(directory, followlinks=True):
            folder = Path(here)
            folders[:] = [
                name
                for name in folders
                if not self.prune((folder / name).relative_to(self.root).as_posix())
                and not _back(folder / name)
            ]
            for name in names:
                yield from self._at(folder / name)


def _back(folder: Path) -> bool:
    return folder.is_symlink() and any(folder.samefile(parent) for parent in folder.parents)


@asynccontextmanager
async def tracking(
    root: Path, mode: WatchMode, prune: Prune = ignored, extra: Iterable[Path] = ()
) -> AsyncIterator[FileTracker]:
    extra = tuple(extra)
    async with open_watcher(root, prune, mode=mode, extra=extra) as watcher:
        yield FileTracker(root, watcher, prune, extra)


def watched_inodes() -> set[int]:
    """The inodes of all directories that this process watches by inotify."""
    found: set[int] = set()
    for info in Path("/proc/self/fdinfo").iterdir():
        try:
            lines = info.read_text().splitlines()
        except OSError:
            continue
        fields = [
            dict(part.split(":", 1) for part in line.split()[1:])
            for line in lines
            if line.startswith("inotify")
        ]
        found |= {int(one["ino"], 16) for one in fields}
    return found
