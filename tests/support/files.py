"""What files are allowed, and disks that are full."""

from __future__ import annotations

import stat
from pathlib import Path


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def filled(disk: Path, free: int) -> Path:
    """All but so many bytes are taken."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 65536)
        except OSError:
            file.truncate(file.tell() - free)
    return filler
