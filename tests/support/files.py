"""Files and directories that change places, what files are allowed, and disks that are full."""

from __future__ import annotations

import ctypes
import os
import stat
from pathlib import Path

CURRENT, EXCHANGE = -100, 2  # AT_FDCWD, RENAME_EXCHANGE


def exchange(one: Path, other: Path) -> None:
    """Each gets the other's name, and there is no moment without either."""
    rename = ctypes.CDLL(None, use_errno=True).renameat2
    if rename(CURRENT, os.fsencode(one), CURRENT, os.fsencode(other), EXCHANGE):
        raise OSError(number := ctypes.get_errno(), os.strerror(number))


def turn(link: Path, target: Path) -> None:
    """The link leads to the target, and there is no moment without it."""
    new = link.with_name(f"{link.name}.new")
    new.symlink_to(target)
    new.replace(link)


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
