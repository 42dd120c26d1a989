"""Was the project moved while its program ran? Then the program may have seen half of it, or nothing."""

from __future__ import annotations

import stat
from pathlib import Path

CLOCK_NS = 10_000_000  # the clock that file systems use may be so much behind


def was_moved(directory: Path, since: int) -> bool:
    """Away, back, or away and back; or something above it was. `since`: nanoseconds.

    To rename a directory changes the time of its inode alone; what happens to its entries, both of its times.
    """
    return any(_renamed(place, since - CLOCK_NS) for place in (directory, *directory.parents))


def _renamed(place: Path, since: int) -> bool:
    try:
        now = place.lstat()
    except OSError:
        return True
    return now.st_ctime_ns > since and (stat.S_ISLNK(now.st_mode) or now.st_mtime_ns <= since)
