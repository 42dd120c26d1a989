"""The directories in a directory."""

# Strings, because a Path for each of 10,000 files costs more than the look at them.
# ruff: noqa: PTH114, PTH116, PTH120

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

from devloop.watcher.seam import Place, Prune

# Links across links could lead on without end.
MOST_LINKS = 3


@dataclass(frozen=True, slots=True)
class Folder:
    """A directory, or a link to one."""

    path: str
    link: bool


def folders_in(directory: str) -> Iterator[Folder]:
    """Nothing for a directory that is gone or closed to us."""
    try:
        with os.scandir(directory) as entries:
            for entry in entries:
                # Most entries are files; to know that costs nothing.
                if not entry.is_file(follow_symlinks=False) and leads_on(entry):
                    yield Folder(entry.path, entry.is_symlink())
    except OSError:
        return


def walk(place: Place, prune: Prune) -> Iterator[Folder]:
    """The root and every directory below it that counts."""
    pending = [Folder(place.root, link=False)]
    while pending:
        folder = pending.pop()
        yield folder
        pending += [one for one in folders_in(folder.path) if not prune(place.below_root(one.path))]


def leads_on(entry: os.DirEntry[str]) -> bool:
    """A directory, or a link to one that is not a way back."""
    try:
        return entry.is_dir() and not (entry.is_symlink() and circular(entry.path))
    except OSError:  # a link to itself, for example
        return False


def circular(link: str) -> bool:
    """Does a link lead to a directory that it is in, or through too many others?"""
    target = os.stat(link)
    folder, links = os.path.dirname(link), 1
    while folder != os.path.dirname(folder):
        if os.path.samestat(os.stat(folder), target):
            return True
        links += os.path.islink(folder)
        folder = os.path.dirname(folder)
    return links > MOST_LINKS
