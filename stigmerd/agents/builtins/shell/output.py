"""What a command writes: its beginning and its end are kept."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

BLOCK = 1 << 16


@dataclass
class CommandOutput:
    """`most`: bytes that are kept, two thirds of them from the end."""

    most: int
    _head: bytearray = field(default_factory=bytearray)
    _tail: bytearray = field(default_factory=bytearray)
    _left_out: int = 0

    async def read(self, stream: asyncio.StreamReader) -> None:
        """Until its end."""
        while block := await stream.read(BLOCK):
            self.add(block)

    def add(self, block: bytes) -> None:
        room = self.most // 3 - len(self._head)
        if room > 0:
            self._head += block[:room]
            block = block[room:]
        self._tail += block
        if (surplus := len(self._tail) - (self.most - self.most // 3)) > 0:
            self._left_out += surplus
            del self._tail[:surplus]

    @property
    def text(self) -> str:
        if not self._left_out:
            return (self._head + self._tail).decode("utf-8", "replace")
        head, tail = (each.decode("utf-8", "replace") for each in (self._head, self._tail))
        return f"{head}\n[… {self._left_out:,} bytes are left out …]\n{tail}"
