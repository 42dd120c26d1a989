"""Which files do we write ourselves? `stigmer run --watch > log.txt` must not rerun for its log."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from pathlib import Path

OUTPUTS = (1, 2)


def own_files(root: Path, descriptors: Iterable[int] = OUTPUTS) -> frozenset[str]:
    """The files below `root`, with slashes and relative to it, that these descriptors write to."""
    found = set()
    for descriptor in descriptors:
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                continue
            path = Path(_name_of(descriptor))
        except OSError:
            continue  # closed, or without a name
        found.add(path)
    return files_below(root, found)


def files_below(root: Path, files: Iterable[Path]) -> frozenset[str]:
    """Those of them that are below `root`, with slashes and relative to it."""
    root = root.resolve()
    return frozenset(each.relative_to(root).as_posix() for each in files if each.is_relative_to(root))


def _name_of(descriptor: int) -> str:
    try:
        return str(Path(f"/proc/self/fd/{descriptor}").readlink())
    except FileNotFoundError:  # macOS
        import fcntl

        return fcntl.fcntl(descriptor, getattr(fcntl, "F_GETPATH", 50), bytes(1024)).rstrip(b"\0").decode()
