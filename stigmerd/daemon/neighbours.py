"""Lets those other users of this machine in whom the owner named, through a socket of their own.

Whoever comes in may do what the owner may: a workflow's activities and an agent's servers are programs, and
they run as the owner. gRPC does not tell who calls: each connection is looked at, and its bytes passed on.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import stat
from collections import Counter
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from stigmerd.daemon.peer import uid_of_peer
from stigmerd.daemon.place import unusable
from stigmerd.daemon.planted import Planted

logger = logging.getLogger(__name__)

MOST_CONNECTIONS = 64
MOST_OF_ONE_USER = 32
PIECE_BYTES = 64 * 1024


@asynccontextmanager
async def open_to_neighbours(socket: Path, private: Path, users: Collection[int]) -> AsyncIterator[None]:
    """Raises DaemonError."""
    doorkeeper = Doorkeeper(private, users)
    try:
        _prepare(socket.parent)
        socket.unlink(missing_ok=True)
        server = await asyncio.start_unix_server(doorkeeper.enter, socket)
        socket.chmod(0o666)  # anybody may knock
    except OSError as error:
        raise unusable(socket, error) from error
    try:
        yield
    finally:
        server.close()
        await doorkeeper.close()
        socket.unlink(missing_ok=True)


class Doorkeeper:
    """Asks the kernel who knocks."""

    def __init__(self, private: Path, users: Collection[int]) -> None:
        self._private = private
        self._users = frozenset(users)
        self._inside: Counter[int] = Counter()
        self._warned: set[int] = set()
        self._visits: set[asyncio.Task[None]] = set()

    async def enter(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        visit = asyncio.current_task()
        assert visit is not None
        self._visits.add(visit)
        try:
            # Both ends are closed whatever happens; what went wrong between them, both have seen.
            with suppress(OSError, asyncio.CancelledError):
                user = uid_of_peer(writer.get_extra_info("socket"))
                if self._may_enter(user):
                    await self._visited(user, reader, writer)
        finally:
            self._visits.discard(visit)
            writer.close()

    async def close(self) -> None:
        for visit in self._visits:
            visit.cancel()
        await asyncio.gather(*self._visits, return_exceptions=True)

    def _may_enter(self, user: int) -> bool:
        if user not in self._users:
            self._warn(
                user,
                "tried to connect and was refused; to admit this user: stigmer server start --allow-user",
            )
            return False
        if self._inside[user] >= MOST_OF_ONE_USER or self._inside.total() >= MOST_CONNECTIONS:
            self._warn(user, "was refused: too many connections, of this user or in total")
            return False
        return True

    def _warn(self, user: int, what: str) -> None:
        """Once: who is sent away may come again at once."""
        if user not in self._warned:
            self._warned.add(user)
            logger.warning("user %d %s", user, what)

    async def _visited(self, user: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._inside[user] += 1
        try:
            inner_reader, inner_writer = await asyncio.open_unix_connection(self._private)
            try:
                await _passed_on(reader, inner_writer, inner_reader, writer)
            finally:
                inner_writer.close()
        finally:
            self._inside[user] -= 1


async def _passed_on(
    reader: asyncio.StreamReader,
    inner_writer: asyncio.StreamWriter,
    inner_reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
) -> None:
    """Until either side is done: a half-open connection is nothing that gRPC has."""
    ways = {
        asyncio.ensure_future(_copied(reader, inner_writer)),
        asyncio.ensure_future(_copied(inner_reader, writer)),
    }
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)


async def _copied(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while piece := await reader.read(PIECE_BYTES):
        writer.write(piece)
        await writer.drain()  # who does not read is not written to


def _prepare(directory: Path) -> None:
    """Others may go through it and not look around; nobody else can have made it."""
    with suppress(FileExistsError):
        directory.mkdir(mode=0o711)
    found = directory.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        raise Planted(
            errno.EPERM, f"it is not a directory of ours but of user {found.st_uid}", str(directory)
        )
    directory.chmod(0o711)
