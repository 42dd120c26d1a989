"""Two pipes for what a helper process prints, told line by line; its end is kept for an error's text."""

from __future__ import annotations

import asyncio
import fcntl
import os
import struct
import termios
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import IO, Final, Protocol

KEPT_BYTES: Final = 64 << 10
READ_BYTES: Final = 64 << 10
MOST_TURNS: Final = 100  # of the event loop
READING_TURNS: Final = 3  # from the pipe to who reads it


class PrintedBytes(Protocol):
    """What becomes of bytes that were printed."""

    def feed(self, data: bytes) -> None: ...

    def end(self) -> None:
        """Nothing follows."""
        ...


class Tail:
    """The end of all that was printed."""

    def __init__(self) -> None:
        self._kept = b""

    def add(self, data: bytes) -> None:
        self._kept = (self._kept + data)[-KEPT_BYTES:]

    def clear(self) -> None:
        self._kept = b""

    def text(self) -> str:
        return self._kept.decode("utf-8", "replace").strip()


class Printing:
    """Two pipes for a process to print to, and the tail of what came through."""

    def __init__(self, lines: Mapping[str, PrintedBytes]) -> None:
        self.tail = Tail()
        self._lines = lines
        self._readers: list[tuple[asyncio.StreamReader, PrintedBytes]] = []
        self._pipes: list[IO[bytes]] = []
        self.descriptors: tuple[int, ...] = ()  # for the process

    async def read(self) -> None:
        """Until the process, and what it started, has closed them."""
        async with asyncio.TaskGroup() as group:
            for reader, lines in self._readers:
                group.create_task(self._read(reader, lines))

    async def _read(self, reader: asyncio.StreamReader, lines: PrintedBytes) -> None:
        while piece := await reader.read(READ_BYTES):
            self.tail.add(piece)
            lines.feed(piece)

    async def caught_up(self) -> None:
        """Returns when what has been written until now is told. Who writes on and on is not waited for."""
        for _ in range(MOST_TURNS):
            if not any(map(_unread, self._pipes)):
                break
            await asyncio.sleep(0)
        for _ in range(READING_TURNS):
            await asyncio.sleep(0)

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        transports = []
        loop = asyncio.get_running_loop()
        try:
            for lines in self._lines.values():
                reading, writing = os.pipe()
                self.descriptors = (*self.descriptors, writing)
                reader = asyncio.StreamReader(READ_BYTES)
                pipe = os.fdopen(reading, "rb", 0)
                self._pipes.append(pipe)
                transport, _ = await loop.connect_read_pipe(
                    partial(asyncio.StreamReaderProtocol, reader), pipe
                )
                transports.append(transport)
                self._readers.append((reader, lines))
            yield
        finally:
            self.started()
            for transport in transports:
                transport.close()
            for _, lines in self._readers:
                lines.end()

    def started(self) -> None:
        """The process has its own copies."""
        for descriptor in self.descriptors:
            os.close(descriptor)
        self.descriptors = ()


def _unread(pipe: IO[bytes]) -> bool:
    if pipe.closed:
        return False
    (size,) = struct.unpack("i", fcntl.ioctl(pipe.fileno(), termios.FIONREAD, b"\0" * 4))
    return bool(size)
