"""One daemon for each data directory, and proof of which process it is."""

from __future__ import annotations

import fcntl
import os
import struct
import sys
from pathlib import Path

from stigmerd.daemon.errors import DaemonError

# A record lock, not flock: forked children do not inherit it, so it ends with the daemon and with nothing
# else, and the kernel names its holder.
_LINUX = "hhqqi4x"  # type, whence, start, length, pid
_BSD = "qqihh"  # start, length, pid, type, whence


class Lock:
    """Held as long as the process lives. No other part of the process may open the file."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    @classmethod
    def take(cls, path: Path) -> Lock | None:
        """None: another process holds it."""
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):
            os.close(descriptor)
            return None
        return cls(descriptor)

    def in_place(self, path: Path) -> bool:
        """False: the file was removed or replaced, so somebody else may hold a lock of that name."""
        try:
            return os.path.samestat(os.fstat(self._descriptor), path.stat())
        except (FileNotFoundError, NotADirectoryError):
            return False

    def release(self) -> None:
        os.close(self._descriptor)


def holder(path: Path) -> int | None:
    """The id of the process that holds the lock, by the kernel's word. Not for a lock of one's own.

    Raises DaemonError for one that may not be opened.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except PermissionError as error:
        raise DaemonError(
            f"cannot use {path}: {error.strerror}",
            "make it readable for you, or choose another data directory with STIGMER_DATA_DIR",
            code="E0528",
        ) from error
    try:
        return _asked(descriptor)
    finally:
        os.close(descriptor)


def _asked(descriptor: int) -> int | None:
    if sys.platform == "linux":
        question = struct.pack(_LINUX, fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
        kind, _, _, _, pid = struct.unpack(_LINUX, fcntl.fcntl(descriptor, fcntl.F_GETLK, question))
    else:
        question = struct.pack(_BSD, 0, 0, 0, fcntl.F_WRLCK, os.SEEK_SET)
        _, _, pid, kind, _ = struct.unpack(_BSD, fcntl.fcntl(descriptor, fcntl.F_GETLK, question))
    return None if kind == fcntl.F_UNLCK else pid
