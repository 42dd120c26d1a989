"""How much of messages may be in memory at a time: who comes when there is no room waits."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager


class Full(Exception):  # noqa: N818 - nobody's error
    """As much waits already as there is room."""


class MessageRoom:
    """So many bytes, each for so many seconds at most. First come, first served."""

    def __init__(self, capacity: int, seconds: float) -> None:
        self.seconds = seconds
        self._capacity = self._free = capacity
        self._held = 0
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    async def enter(self, size: int) -> Share:
        """Waits for what is yet to come; `size` must not be more than the capacity."""
        if self._waiting or size > self._free:
            turn = asyncio.get_running_loop().create_future()
            self._waiting.append((size, turn))
            try:
                await turn  # whoever makes room takes it for us
            except asyncio.CancelledError:
                self._give_up(size, turn)
                raise
        else:
            self._free -= size
        return Share(self, size)

    async def enter_with(self, size: int) -> Share:
        """Waits with what is in memory already. Raises Full."""
        if self._held + size > self._capacity:
            raise Full
        self._held += size
        try:
            return await self.enter(size)
        finally:
            self._held -= size

    def give_back(self, size: int) -> None:
        self._free += size
        while self._waiting and self._waiting[0][0] <= self._free:
            wanted, turn = self._waiting.popleft()
            if not turn.cancelled():
                self._free -= wanted
                turn.set_result(None)

    def _give_up(self, size: int, turn: asyncio.Future[None]) -> None:
        if turn.done() and not turn.cancelled():  # the room was taken for us already
            self.give_back(size)
            return
        self._waiting = deque(each for each in self._waiting if each[1] is not turn)
        self.give_back(0)  # the one behind may be smaller


class Share:
    """What one message takes."""

    def __init__(self, room: MessageRoom, size: int) -> None:
        self._room = room
        self._size = size

    def shrink(self, size: int) -> None:
        """It needs no more than this, as is known now."""
        freed = self._size - size
        if freed > 0:
            self._size = size
            self._room.give_back(freed)

    @contextmanager
    def kept(self) -> Iterator[Share]:
        """Given back at the end, whatever happens."""
        try:
            yield self
        finally:
            self.shrink(0)
