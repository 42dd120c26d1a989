"""Is the project where it has to be, and is it still the same directory?"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

Identity = tuple[int, int]


@dataclass(frozen=True, slots=True)
class PlaceGone:
    """Nothing counts until it is back."""

    missing: str  # the directory; or the file without which it is no project


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceBack:
    """It is there again, or another directory has its place."""

    place: str
    target: str  # where links lead now; empty: it has none
    replaced: bool
    changed: bool  # files differ from those that were emitted last: a change follows


class Place:
    """A directory; and a file in it, if it has to have one."""

    def __init__(self, root: Path, needs: str = "") -> None:
        self.gone = False  # so it was when it was looked at last
        self._root = str(root)
        self._needed = f"{root}/{needs}" if needs else ""
        self._identity = _identity(self._root)

    def missing(self) -> str:
        """What is not there; empty: all is. An answer that may change at any time."""
        if self._needed and _is_file(self._needed):
            return ""
        if _identity(self._root) is None:
            return self._root
        return self._needed

    def leave(self, missing: str) -> PlaceGone:
        """It is gone."""
        self.gone = True
        return PlaceGone(missing)

    def returns(self, *, keeps_inodes: bool) -> bool:
        """It is there: after it was gone, or as another directory than before. Then call `arrive`.

        `keeps_inodes`: its file system gives a directory one number for ever.
        """
        return self.gone or (keeps_inodes and _identity(self._root) != self._identity)

    def arrive(self, *, changed: bool) -> PlaceBack:
        """It is there, and was scanned. `changed`: something in it differs."""
        before, self._identity = self._identity, _identity(self._root)
        self.gone = False
        target = os.path.realpath(self._root)
        return PlaceBack(
            place=self._root,
            target="" if target == self._root else target,
            replaced=self._identity != before,
            changed=changed,
        )


def _identity(directory: str) -> Identity | None:
    try:
        status = os.stat(directory)  # noqa: PTH116  (at every change)
    except OSError:
        return None
    return (status.st_dev, status.st_ino) if stat.S_ISDIR(status.st_mode) else None


def _is_file(path: str) -> bool:
    try:
        return stat.S_ISREG(os.stat(path).st_mode)  # noqa: PTH116
    except OSError:
        return False
