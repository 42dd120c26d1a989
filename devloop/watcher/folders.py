"""Which directories are in a directory, links to directories included?"""

# Strings, because a Path for each of 10,000 files costs more than to stat them.
# ruff: noqa: PTH114, PTH116, PTH120

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from devloop.watcher.interfaces import Prune, WatchedPlace

# Links across links could lead on without end.
MOST_LINKS = 3
PAUSE_ENTRIES = 512  # of one directory, then others have a turn


@dataclass(frozen=True, slots=True)
class Folder:
    """A directory, or a link to one."""

    path: str
    link: bool


def folders_in(directory: str, prunes: Callable[[str], bool]) -> Iterator[Folder | None]:
    """Those that are not pruned; nothing if the directory is gone or unreadable. None: not done yet.

    Whether a link is followed is asked before its target is touched: that may take for ever.
    """
    try:
        with os.scandir(directory) as entries:
            for number, entry in enumerate(entries, 1):
                if not number % PAUSE_ENTRIES:
                    yield None
                # Most entries are files; to know that costs nothing.
                if not entry.is_file(follow_symlinks=False) and is_folder(entry, prunes):
                    yield Folder(entry.path, entry.is_symlink())
    except OSError:
        return


def walk(place: WatchedPlace, prune: Prune) -> Iterator[Folder]:
    """The root and every directory below it that counts."""
    pending = [Folder(place.root, link=False)]
    while pending:
        folder = pending.pop()
        yield folder
        found = folders_in(folder.path, lambda path: prune(place.below_root(path)))
        pending += [one for one in found if one is not None]


def is_folder(entry: os.DirEntry[str], prunes: Callable[[str], bool]) -> bool:
    """A directory that counts, or a link to one."""
    if entry.is_symlink():
        return not prunes(entry.path) and leads_on(entry)
    return leads_on(entry) and not prunes(entry.path)


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
