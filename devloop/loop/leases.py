"""Which executions belong to which loop, written down for the day that a loop is killed."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from runcmd.frozen import Frozen

SUFFIX = ".json"


class Leftover(Frozen):
    """What a loop that is gone left behind."""

    file: Path
    owner: str
    target: str  # the backend's address
    executions: tuple[str, ...]


class Lease:
    """A loop's own file. Its lock is the lease: the system gives it up when the process dies, however."""

    def __init__(self, file: Path, descriptor: int) -> None:
        self.owner = file.name.removesuffix(SUFFIX)
        self._file = file
        self._descriptor = descriptor
        self._target = ""
        self._executions: list[str] = []

    @property
    def executions(self) -> tuple[str, ...]:
        return tuple(self._executions)

    def connected(self, target: str) -> None:
        if target != self._target:
            self._target = target
            self._write()

    def add(self, execution: str) -> None:
        self._executions.append(execution)
        self._write()

    def drop(self, execution: str) -> None:
        if execution in self._executions:
            self._executions.remove(execution)
            self._write()

    def _write(self) -> None:
        record = {"owner": self.owner, "target": self._target, "executions": self._executions}
        data = json.dumps(record).encode()
        # In place, for the lock is on this file; one write of a few bytes is whole or not at all.
        os.pwrite(self._descriptor, data + b"\n", 0)
        os.ftruncate(self._descriptor, len(data) + 1)


@contextmanager
def open_lease(directory: Path) -> Iterator[Lease]:
    """Raises OSError where the directory cannot be written to. An empty one leaves no file behind."""
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = directory / f"loop-{secrets.token_hex(8)}{SUFFIX}"
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        lease = Lease(file, descriptor)
        lease._write()
        try:
            yield lease
        finally:
            if not lease.executions:
                file.unlink(missing_ok=True)
    finally:
        os.close(descriptor)


@contextmanager
def leftovers(directory: Path) -> Iterator[tuple[Leftover, ...]]:
    """Of the loops that are gone. While they are looked after, nobody else does."""
    descriptors: list[int] = []
    try:
        found = []
        for file in sorted(directory.glob(f"*{SUFFIX}")):
            with suppress(OSError, ValueError, KeyError, TypeError, RecursionError):
                descriptor = os.open(file, os.O_RDWR | os.O_CLOEXEC)
                descriptors.append(descriptor)
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                found.append(_read(file))
        yield tuple(found)
    finally:
        for descriptor in descriptors:
            os.close(descriptor)


def _read(file: Path) -> Leftover:
    record = json.loads(file.read_text("utf-8"))
    return Leftover(
        file=file,
        owner=str(record["owner"]),
        target=str(record["target"]),
        executions=tuple(map(str, record["executions"])),
    )
