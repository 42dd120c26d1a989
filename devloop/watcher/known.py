"""Which directories are watched, under which names?"""

# Strings, because a Path for each of 10,000 files costs more than to stat them.
# ruff: noqa: PTH112, PTH114, PTH116, PTH120

from __future__ import annotations

import os
from collections.abc import Iterator

from devloop.watcher.folders import walk
from devloop.watcher.interfaces import Prune, WatchedPlace

Identity = tuple[int, int]


class WatchedDirectories:
    """The directories of a project. One that links point to has several names."""

    def __init__(self, place: WatchedPlace, prune: Prune) -> None:
        self._place, self._prune = place, prune
        self._names: dict[Identity, list[str]] = {}
        self._identities: dict[str, Identity] = {}
        self.links: list[str] = []
        for folder in walk(place, prune):
            identity = identity_of(folder.path)
            if identity is not None and os.access(folder.path, os.R_OK):
                self._names.setdefault(identity, []).append(folder.path)
                self._identities[folder.path] = identity
                if folder.link:
                    self.links.append(folder.path)

    def __contains__(self, path: str) -> bool:
        return path in self._identities

    def differs(self, other: WatchedDirectories) -> set[str]:
        """Directories that only one knows, or that are not the same any more."""
        return {path for path, _ in self._identities.items() ^ other._identities.items()}

    def firsts(self) -> list[str]:
        """One name of each directory."""
        return [names[0] for names in self._names.values()]

    def names(self, path: str) -> Iterator[str]:
        """All names of an entry of a directory."""
        folder, name = os.path.split(path)
        identity = self._identities.get(folder)
        if identity is None:
            yield path
            return
        for one in self._names[identity]:
            yield f"{one}/{name}"

    def counts(self, path: str) -> bool:
        """Is it in the project, and not below a directory where nothing counts?"""
        folder = os.path.dirname(path)
        while folder not in self._identities:
            if len(folder) <= len(self._place.root):
                return False
            path, folder = folder, os.path.dirname(folder)
        return path in self._identities or not self._pruned(path)

    def is_new(self, path: str) -> bool:
        """A directory that is not watched yet?"""
        if path in self._identities or (os.path.islink(path) and self._prune(self._place.below_root(path))):
            return False
        return os.path.isdir(path) and not self._pruned(path)

    def _pruned(self, path: str) -> bool:
        return os.path.isdir(path) and self._prune(self._place.below_root(path))


def identity_of(path: str) -> Identity | None:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_dev, status.st_ino
