"""Could another user of this machine have put it there?"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

MOST_LINKS = 40


class Planted(PermissionError):  # noqa: N818
    """It may be another user's work."""


GROUP_OR_OTHERS = stat.S_IWGRP | stat.S_IWOTH


def refuse_planted(path: Path) -> None:
    """Every directory and link on the way there. Raises Planted; what is missing yet is fine."""
    place, rest, links = Path(path.anchor), [*reversed(path.parts[1:])], 0
    while rest:
        name = rest.pop()
        if name == "..":
            place = place.parent
            continue
        try:
            parent, found = place.lstat(), (place / name).lstat()
        except (FileNotFoundError, NotADirectoryError):
            _refuse_open(place)
            return
        _refuse_part(place, parent, place / name, found)
        if not stat.S_ISLNK(found.st_mode):
            place /= name
            continue
        links += 1
        if links > MOST_LINKS:
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
        target = (place / name).readlink()
        place = Path(target.anchor) if target.is_absolute() else place
        rest += reversed(target.parts[1:] if target.is_absolute() else target.parts)


def _refuse_part(place: Path, parent: os.stat_result, child: Path, found: os.stat_result) -> None:
    sticky = bool(parent.st_mode & stat.S_ISVTX)
    link = stat.S_ISLNK(found.st_mode)
    if parent.st_mode & (GROUP_OR_OTHERS if link else stat.S_IWOTH) and not sticky:
        raise _planted(f"other users can write to {place}, and may have put {child.name} there")
    theirs = found.st_uid not in (0, os.geteuid())
    if theirs and (link or parent.st_mode & GROUP_OR_OTHERS):
        what = "is a link that belongs" if link else "belongs"
        raise _planted(f"{child} {what} to user {found.st_uid}")


def _refuse_open(place: Path) -> None:
    """Where something is about to be made."""
    try:
        mode = place.lstat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return
    if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
        raise _planted(f"other users can write to {place}, and could put something else in its place")


def _planted(reason: str) -> Planted:
    return Planted(errno.EPERM, reason)
