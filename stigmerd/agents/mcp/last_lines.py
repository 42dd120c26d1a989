"""What an MCP server wrote on its standard error: the last lines, in memory and never in a file."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

KEPT_BYTES = 16 << 10
READ_BYTES = 64 << 10
SHOWN_LINES = 5


class LastLines:
    """Reads a pipe and keeps its end."""

    def __init__(self) -> None:
        self._kept = b""
        self._cut = False
        self._pipe: int | None = None
        self._hearing: list[Callable[[bytes], None]] = []
        self._unheard = 0  # bytes of what is kept

    @contextmanager
    def listening(self, heard: Callable[[bytes], None]) -> Iterator[None]:
        """Calls `heard` with all that comes, and first with what nobody has heard, as far as it is kept."""
        self._read()
        if self._unheard:
            heard(self._kept[-self._unheard :])
            self._unheard = 0
        self._hearing.append(heard)
        try:
            yield
        finally:
            self._read()
            self._hearing.remove(heard)

    @contextmanager
    def opened(self) -> Iterator[TextIO]:
        """Gives what to write to."""
        reading, writing = os.pipe()
        os.set_blocking(reading, False)
        loop = asyncio.get_running_loop()
        loop.add_reader(reading, self._read)
        self._pipe = reading
        try:
            with os.fdopen(writing, "w") as file:
                yield file
        finally:
            self._read()
            self._pipe = None
            loop.remove_reader(reading)
            os.close(reading)

    def shown(self) -> str:
        """In one line. Not masked: the daemon does that with all that is said here."""
        self._read()
        lines = self._kept.decode(errors="replace").strip().splitlines()
        if self._cut:
            del lines[:1]  # half a line may be half a secret
        return " / ".join(line.strip() for line in lines[-SHOWN_LINES:])

    def _read(self) -> None:
        if self._pipe is None:
            return
        try:
            said = os.read(self._pipe, READ_BYTES)
        except BlockingIOError:
            return
        self.add(said)

    def add(self, said: bytes) -> None:
        """Also what was written elsewhere, and belongs here."""
        for heard in self._hearing if said else ():
            heard(said)
        if not self._hearing:
            self._unheard = min(self._unheard + len(said), KEPT_BYTES)
        self._cut = self._cut or len(self._kept) + len(said) > KEPT_BYTES
        self._kept = (self._kept + said)[-KEPT_BYTES:]
