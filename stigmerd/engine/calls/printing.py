"""What an activity prints while it runs, told line by line; its end is kept for an error's text."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Final

from stigmer_api.devloop_pb2 import Note
from stigmerd.engine.interfaces import CallContext
from stigmerd.process.lines import PrintedLines

STREAMS: Final = ("stdout", "stderr")
KEPT_BYTES: Final = 64 << 10
READ_BYTES: Final = 64 << 10


class Tail:
    """The end of all that was printed."""

    def __init__(self) -> None:
        self._kept = b""

    def add(self, data: bytes) -> None:
        self._kept = (self._kept + data)[-KEPT_BYTES:]

    def text(self) -> str:
        return self._kept.decode("utf-8", "replace").strip()


class Printing:
    """Two pipes for an activity to print to, and the tail of what came through."""

    def __init__(self, lines: dict[str, PrintedLines]) -> None:
        self.tail = Tail()
        self._lines = lines
        self._readers: list[tuple[asyncio.StreamReader, PrintedLines]] = []
        self.descriptors: tuple[int, ...] = ()  # for the process

    async def read(self) -> None:
        """Until the process, and what it started, has closed them."""
        async with asyncio.TaskGroup() as group:
            for reader, lines in self._readers:
                group.create_task(self._read(reader, lines))

    async def _read(self, reader: asyncio.StreamReader, lines: PrintedLines) -> None:
        while piece := await reader.read(READ_BYTES):
            self.tail.add(piece)
            lines.feed(piece)

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        transports = []
        loop = asyncio.get_running_loop()
        try:
            for lines in self._lines.values():
                reading, writing = os.pipe()
                self.descriptors = (*self.descriptors, writing)
                reader = asyncio.StreamReader(READ_BYTES)
                transport, _ = await loop.connect_read_pipe(
                    partial(asyncio.StreamReaderProtocol, reader), os.fdopen(reading, "rb", 0)
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


def printing(name: str, key: str, context: CallContext) -> Printing:
    """`name` of the activity, `key` of its task."""
    maskers = context.tokens.maskers()
    return Printing({each: PrintedLines(maskers, _teller(name, key, context, each)) for each in STREAMS})


def _teller(name: str, key: str, context: CallContext, stream: str) -> Callable[[str], None]:
    def tell(text: str) -> None:
        note = Note()
        printed = note.print
        printed.source, printed.name, printed.stream = "activity", name, stream
        printed.task, printed.text = key, text
        context.notes.tell(context.execution_id, note)

    return tell
