"""Where one keeper of a warm process is found: a socket, and a lock that it holds as long as it lives.

The lock's file also remembers, without a keeper, when a command came by (its time), and why there must be no
keeper for now (its text).
"""

from __future__ import annotations

import fcntl
import os
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

IN_USE_SECONDS = 15 * 60  # a project with two commands within it is in use
REFUSED_SECONDS = 60 * 60
FORGOTTEN_SECONDS = 24 * 60 * 60
SOCKET, LOCK = ".sock", ".lock"
STARTING_SECONDS = 60
STARTING = "starting"
BACKLOG = 16
PEER = "3i"  # pid, uid, gid


class Seat:
    """One name in a directory that only its owner can open."""

    def __init__(self, directory: Path, name: str) -> None:
        self.directory = directory
        self.name = name
        self.lock_file = directory / f"{name}{LOCK}"

    # -- for commands --------------------------------------------------------------------------------

    def connect(self) -> socket.socket | None:
        """None: nobody of ours is there, or too many wait."""
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.setblocking(False)
            with _short(self.directory) as short:
                connection.connect(f"{short}/{self.name}{SOCKET}")
            if is_own(connection):
                return connection
        except OSError:
            pass
        connection.close()
        return None

    def claim(self) -> int | None:
        """The lock, as a descriptor, for a keeper that the caller starts; None: there is one, or none is due.

        Should it not get as far as to listen, it is not started again at each command.
        """
        if not self.visit():
            return None
        try:
            lock = self.take()
        except OSError:
            return None
        if lock is not None:
            self._write(STARTING)
        return lock

    def visit(self) -> bool:
        """Remembers that a command came by; is it time for a keeper?"""
        try:
            text = self.lock_file.read_text()
            age = abs(time.time() - self.lock_file.stat().st_mtime)
        except (OSError, ValueError):
            self._write("")
            return False
        if text and age < (STARTING_SECONDS if text == STARTING else REFUSED_SECONDS):
            return False
        if age < IN_USE_SECONDS:
            return True
        self._write("")
        return False

    def _write(self, text: str) -> None:
        with suppress(OSError):
            self.directory.mkdir(mode=0o700, exist_ok=True)
            self.lock_file.write_text(text)

    def take(self) -> int | None:
        """The lock, as a descriptor; None: another keeper has it. Raises OSError."""
        while True:
            descriptor = os.open(self.lock_file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(descriptor)
                return None
            if os.fstat(descriptor).st_nlink:  # nobody took it for forgotten between these two
                return descriptor
            os.close(descriptor)

    # -- for the keeper, which has the lock ----------------------------------------------------------

    def listen(self) -> socket.socket:
        """Raises OSError."""
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            listener.setblocking(False)
            with _short(self.directory) as short:
                path = Path(f"{short}/{self.name}{SOCKET}")
                path.unlink(missing_ok=True)
                listener.bind(str(path))
                path.chmod(0o600)
            listener.listen(BACKLOG)
        except BaseException:
            listener.close()
            raise
        self._write("")
        return listener

    def used(self) -> None:
        """It has just worked."""
        with suppress(OSError):
            os.utime(self.lock_file)

    def leave(self, why: str) -> None:
        """No socket any more; with a reason, no other keeper for a while."""
        with suppress(OSError):
            (self.directory / f"{self.name}{SOCKET}").unlink()
        if why:
            self._write(why)


def seats(directory: Path) -> list[Seat]:
    """All, the one that was used last first."""
    found: list[tuple[float, Seat]] = []
    with suppress(OSError), os.scandir(directory) as entries:
        for entry in entries:
            if entry.name.endswith(LOCK):
                with suppress(OSError):
                    found.append((entry.stat().st_mtime, Seat(directory, entry.name.removesuffix(LOCK))))
    return [seat for _, seat in sorted(found, key=lambda each: -each[0])]


def forget_old(directory: Path) -> None:
    """Files of keepers that nobody has asked for in a day."""
    for seat in seats(directory):
        with suppress(OSError):
            if time.time() - seat.lock_file.stat().st_mtime < FORGOTTEN_SECONDS:
                continue
            if (descriptor := seat.take()) is not None:
                seat.leave("")
                seat.lock_file.unlink()
                os.close(descriptor)


def wait_for_all(directory: Path, seconds: float) -> None:
    """Until no keeper is left, at most so long."""
    until = time.monotonic() + seconds
    for seat in seats(directory):
        while (descriptor := _taken(seat)) is None and time.monotonic() < until:
            time.sleep(0.005)
        if descriptor is not None:
            os.close(descriptor)


def _taken(seat: Seat) -> int | None:
    try:
        return seat.take()
    except OSError:
        return None


def is_own(connection: socket.socket) -> bool:
    """Does the process at the other end belong to our user, by the kernel's word?"""
    raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize(PEER))
    return bool(struct.unpack(PEER, raw)[1] == os.geteuid())


@contextmanager
def _short(directory: Path) -> Iterator[str]:
    """A short name of it: the kernel takes 107 bytes for the name of a socket."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{descriptor}"
    finally:
        os.close(descriptor)
