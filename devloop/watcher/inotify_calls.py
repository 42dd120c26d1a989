"""Calls the kernel's inotify functions, by ctypes."""

from __future__ import annotations

import ctypes
import errno
import os
import select
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from devloop.watcher.interfaces import UnwatchableError
from devloop.watcher.limits import no_instances, no_watches

MODIFY = 0x00000002
ATTRIB = 0x00000004
CLOSE_WRITE = 0x00000008
MOVED_FROM = 0x00000040
MOVED_TO = 0x00000080
CREATE = 0x00000100
DELETE = 0x00000200
DELETE_SELF = 0x00000400
MOVE_SELF = 0x00000800
UNMOUNT = 0x00002000
OVERFLOW = 0x00004000
IGNORED = 0x00008000
ONLY_DIRECTORIES = 0x01000000
NOT_UNLINKED = 0x04000000
ADD_TO_MASK = 0x20000000
IS_DIRECTORY = 0x40000000

HEADER = struct.Struct("iIII")  # watch, mask, cookie, length of the name
READ_BYTES = 1 << 18
NOT_OURS = frozenset(
    {errno.ENOENT, errno.ENOTDIR, errno.EACCES, errno.EPERM, errno.ELOOP, errno.ENAMETOOLONG}
)

_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True, slots=True)
class InotifyEvent:
    """One event as the kernel reports it."""

    watch: int
    mask: int
    name: str


class Queue:
    """One inotify instance. Raises UnwatchableError when the system has no more to give."""

    def __init__(self) -> None:
        self.fd = int(_libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC))
        if self.fd < 0:
            raise UnwatchableError(_no_instance(ctypes.get_errno()))

    def add(self, directory: str, mask: int) -> int | None:
        """The number of the watch; None for a directory that is gone or that we may not read."""
        watch = int(_libc.inotify_add_watch(self.fd, os.fsencode(directory), mask))
        if watch >= 0:
            return watch
        number = ctypes.get_errno()
        if number in NOT_OURS:
            return None
        raise UnwatchableError(_no_watch(directory, number))

    def remove(self, watch: int) -> None:
        # It fails only for a watch that the kernel has removed already.
        _libc.inotify_rm_watch(self.fd, watch)

    def read(self) -> Iterator[InotifyEvent]:
        """What has happened so far, in order."""
        try:
            data = os.read(self.fd, READ_BYTES)
        except BlockingIOError:
            return
        offset = 0
        while offset < len(data):
            watch, mask, _, length = HEADER.unpack_from(data, offset)
            offset += HEADER.size + length
            yield InotifyEvent(watch, mask, os.fsdecode(data[offset - length : offset].rstrip(b"\0")))

    @property
    def waiting(self) -> bool:
        """Is there anything to read? The kernel queues an event before the call that caused it returns."""
        poll = select.poll()
        poll.register(self.fd, select.POLLIN)
        return bool(poll.poll(0))

    def close(self) -> None:
        os.close(self.fd)


def _no_instance(number: int) -> str:
    if number != errno.EMFILE:
        return f"inotify is not available ({os.strerror(number)})"
    try:
        os.close(os.open(os.devnull, os.O_RDONLY))
    except OSError:
        return "this process has too many open files; try: ulimit -n 4096"
    return no_instances()


def _no_watch(directory: str, number: int) -> str:
    if number == errno.ENOSPC:
        return no_watches()
    return f"inotify cannot watch {directory} ({os.strerror(number)})"
