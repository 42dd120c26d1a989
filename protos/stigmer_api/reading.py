"""Reads a file that anybody may have put there: never waits for it, and takes no more than so much."""

from __future__ import annotations

import errno
import os
import stat
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

ROOT = 0
CHUNK_BYTES = 1 << 20
_NEVER_WAITS = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


def read_bounded(file: Path, most_bytes: int, *, follow: bool = True) -> bytes:
    """Raises OSError, also for a pipe, a device and a file that is too large. `follow`: links, too."""
    # A look first: a device may feel that it is opened. And one afterwards: it may be another by then.
    _check(file.stat() if follow else file.lstat(), file, most_bytes)
    opened = os.open(file, os.O_RDONLY | _NEVER_WAITS | (0 if follow else getattr(os, "O_NOFOLLOW", 0)))
    try:
        _check(os.fstat(opened), file, most_bytes)
        content = bytearray()
        while chunk := os.read(opened, CHUNK_BYTES):
            content += chunk
            if len(content) > most_bytes:  # it grows, or said that it is empty
                raise _too_large(file, most_bytes)
        return bytes(content)
    finally:
        os.close(opened)


def read_patiently(file: Path, most_bytes: int) -> bytes:
    """Also a pipe, whose writer is waited for. Raises OSError."""
    with _opened(file) as opened:
        content = opened.read(most_bytes + 1)
    if len(content) > most_bytes:
        raise _too_large(file, most_bytes)
    return content


def _opened(file: Path) -> BinaryIO:
    """A socket, as which some programs give standard input to others, has no name that can be opened."""
    try:
        return file.open("rb")
    except OSError as error:
        descriptor = 0 if str(file) == "/dev/stdin" else _number(file)
        if error.errno != errno.ENXIO or descriptor is None:
            raise
        return os.fdopen(os.dup(descriptor), "rb")


def _number(file: Path) -> int | None:
    """7 of `/dev/fd/7`."""
    is_open_file = str(file.parent) in ("/dev/fd", "/proc/self/fd")
    return int(file.name) if is_open_file and file.name.isdecimal() else None


@lru_cache(maxsize=1)
def trusted_owners() -> frozenset[int]:
    """Whose files are ours: root's, our own, with sudo its caller's. Empty where users have no numbers."""
    if not hasattr(os, "geteuid"):
        return frozenset()
    owners = {ROOT, os.geteuid()}
    caller = os.environ.get("SUDO_UID", "")
    if os.geteuid() == ROOT and caller.isascii() and caller.isdecimal():
        owners.add(int(caller))
    return frozenset(owners)


def _check(status: os.stat_result, file: Path, most_bytes: int) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(file))
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "It is not a regular file", str(file))
    if status.st_size > most_bytes:
        raise _too_large(file, most_bytes)


def _too_large(file: Path, most_bytes: int) -> OSError:
    return OSError(errno.EFBIG, f"It is larger than {size(most_bytes)}", str(file))


def size(count: int) -> str:
    """`128 KiB`."""
    for unit, power in (("GiB", 30), ("MiB", 20), ("KiB", 10)):
        if count >= 1 << power:
            return f"{count >> power} {unit}"
    return f"{count} bytes"
