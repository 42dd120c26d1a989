"""A way to a backend that swallows what is said, when the test wants it to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from runcmd.backend.address import Address

CHUNK = 1 << 16


class Wire:
    """Between two Unix sockets. A connection that swallowed something is of no use: `restore` ends it."""

    def __init__(self, near: Path, far: Path) -> None:
        self.deaf: Callable[[], bool] = lambda: False  # what is asked does not arrive
        self.mute: Callable[[], bool] = lambda: False  # what is answered does not
        self._spoken: set[asyncio.StreamWriter] = set()
        self._near = near
        self._far = far
        self._writers: set[asyncio.StreamWriter] = set()
        self._lossy: set[asyncio.StreamWriter] = set()
        self._pumps: set[asyncio.Task[None]] = set()

    async def address(self) -> Address:
        return Address(target=f"unix:{self._near}")

    @property
    def connections(self) -> int:
        """On which something was asked, not only looked whether somebody is there."""
        return len(self._spoken)

    def _asked(self, asking: asyncio.StreamWriter) -> bool:
        self._spoken.add(asking)
        return self.deaf()

    def restore(self) -> None:
        self.deaf = self.mute = lambda: False
        for writer in self._lossy:
            writer.transport.abort()
        self._lossy.clear()

    async def meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_unix_connection(str(self._far))
        ends = (writer, far_writer)
        self._writers.update(ends)
        for source, sink, swallows in (
            (reader, far_writer, lambda: self._asked(writer)),
            (far_reader, writer, lambda: self.mute()),
        ):
            pump = asyncio.create_task(self._pump(source, sink, swallows, ends))
            self._pumps.add(pump)
            pump.add_done_callback(self._pumps.discard)

    async def _pump(
        self,
        source: asyncio.StreamReader,
        sink: asyncio.StreamWriter,
        swallows: Callable[[], bool],
        ends: tuple[asyncio.StreamWriter, ...],
    ) -> None:
        with suppress(OSError):
            while data := await source.read(CHUNK):
                if swallows():
                    self._lossy.update(ends)
                else:
                    sink.write(data)
                    await sink.drain()
        for end in ends:
            end.close()
        for end in ends:
            with suppress(OSError):
                await end.wait_closed()

    async def end(self) -> None:
        for writer in tuple(self._writers):
            writer.transport.abort()
        await asyncio.gather(*self._pumps, return_exceptions=True)


@asynccontextmanager
async def open_wire(near: Path, far: Path) -> AsyncIterator[Wire]:
    wire = Wire(near, far)
    server = await asyncio.start_unix_server(wire.meet, str(near))
    try:
        yield wire
    finally:
        server.close()
        await wire.end()
