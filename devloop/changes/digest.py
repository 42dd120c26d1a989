"""What does a file hold? A hash of its content, and the stat that proves it."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b

RACY_NS = 2_000_000_000  # the coarsest clock of a file system: FAT's
CHUNK_BYTES = 1 << 20
# To hash gigabytes at each save would block the loop: of such a file, the stat counts.
HUGE_BYTES = 256 << 20
DIGEST_BYTES = 16
READS = 3
UNREADABLE = b"unreadable"
UNKNOWN = b""
STAT_FIELDS = 4
# O_NONBLOCK: what was a file a moment ago may be a pipe now, which would keep us waiting for a writer.
_NONBLOCK = getattr(os, "O_NONBLOCK", 0)
OPEN_FLAGS = os.O_RDONLY | _NONBLOCK | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


class StoppedError(Exception):
    """Nobody waits for the result any more."""


Stopped = Callable[[], bool]


def _never() -> bool:
    return False


@dataclass(slots=True)
class FileState:
    """A file's content, and its stat when it was read. An empty stat proves nothing: hash again."""

    digest: bytes  # UNKNOWN until it is hashed
    stat: tuple[int, ...]

    def same_content(self, other: FileState) -> bool:
        """If one was never hashed, the stats decide: a touch may pass for a change, no change for none."""
        if self.digest and other.digest:
            return self.digest == other.digest
        return self.stat == other.stat

    def may_be_since(self, moment: int) -> bool:
        """May it have been written since then? In nanoseconds."""
        return len(self.stat) < STAT_FIELDS or moment < max(self.stat[0], self.stat[3])


def stat_only(place: str, now: os.stat_result, moment: int, stopped: Stopped = _never) -> FileState | None:
    """The state of a file that need not be hashed yet, unless its stat is too young. `moment`: now, in ns."""
    if not stat.S_ISREG(now.st_mode):
        return None
    if moment - max(now.st_mtime_ns, now.st_ctime_ns) > RACY_NS:
        return FileState(UNKNOWN, _stat(now))
    return read_regular(place, stopped)


def hash_now(place: str, state: FileState, stopped: Stopped = _never) -> None:
    """Hashes a file of which only the stat is known. If it changed since, its old content stays unknown."""
    found = read_regular(place, stopped)
    if found is not None and (found.stat == state.stat or found.digest is UNREADABLE):
        state.digest = found.digest


def read(place: str, known: FileState | None, stopped: Stopped = _never) -> FileState | None:
    """The state of a file; None if there is none. Files that we may not read count as one content."""
    try:
        now = os.stat(place)  # noqa: PTH116  (10,000 of them at a time)
        if not stat.S_ISREG(now.st_mode):
            return None
        if known is not None and known.stat == _stat(now):
            return known
    except PermissionError:
        return FileState(UNREADABLE, ())
    except OSError:
        return None
    return read_regular(place, stopped)


def read_regular(place: str, stopped: Stopped = _never) -> FileState | None:
    """The same for what was a regular file a moment ago: opening a pipe or a device has effects."""
    try:
        file = os.open(place, OPEN_FLAGS)
    except PermissionError:
        return FileState(UNREADABLE, ())
    except OSError:
        return None
    try:
        for attempt in range(READS):
            if attempt:
                os.lseek(file, 0, os.SEEK_SET)
            before = os.fstat(file)
            if not stat.S_ISREG(before.st_mode):
                return None
            proof = _stat(before)
            content = _content(file, before, stopped)
            if _stat(os.fstat(file)) == proof:
                return FileState(content, proof if _is_proof(before) else ())
        return FileState(content, ())
    except OSError:
        return None
    finally:
        os.close(file)


def _stat(of: os.stat_result) -> tuple[int, ...]:
    return (of.st_mtime_ns, of.st_size, of.st_ino, of.st_ctime_ns)


def _is_proof(of: os.stat_result) -> bool:
    """A second write within one tick of the clock leaves the stat as it is."""
    return time.time_ns() - max(of.st_mtime_ns, of.st_ctime_ns) > RACY_NS


def _content(file: int, of: os.stat_result, stopped: Stopped) -> bytes:
    if of.st_size > HUGE_BYTES:
        return digest(repr(_stat(of)[:3]).encode())
    # One byte more than there should be: to ask for a megabyte takes five times as long. And some files
    # claim to be empty and are not.
    first = os.read(file, min(of.st_size + 1, CHUNK_BYTES))
    hasher = blake2b(first, digest_size=DIGEST_BYTES)
    if len(first) != of.st_size:
        count = len(first)
        while chunk := os.read(file, CHUNK_BYTES):
            if stopped():
                raise StoppedError
            count += len(chunk)
            if count > HUGE_BYTES:  # some have no end
                return digest(repr(_stat(of)[:3]).encode())
            hasher.update(chunk)
    return hasher.digest()


def digest(data: bytes) -> bytes:
    return blake2b(data, digest_size=DIGEST_BYTES).digest()
