"""How many bytes of messages may be in memory at a time? Who comes when there are too many waits."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager


class BudgetExhausted(Exception):  # noqa: N818 - nobody's error
    """As much waits already as the whole budget."""


class MemoryBudget:
    """So many bytes, each for so many seconds at most. First come, first served."""

    def __init__(self, capacity: int, seconds: float) -> None:
        self.seconds = seconds
        self._capacity = self._free = capacity
        self._held = 0
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    async def reserve(self, size: int) -> Reservation:
        """Waits for what is yet to come; `size` must not be more than the capacity."""
        if self._waiting or size > self._free:
            turn = asyncio.get_running_loop().create_future()
            self._waiting.append((size, turn))
            try:
                await turn  # whoever gives back reserves for us
            except asyncio.CancelledError:
                self._give_up(size, turn)
                raise
        else:
            self._free -= size
        return Reservation(self, size)

    async def reserve_loaded(self, size: int) -> Reservation:
        """Waits with what is in memory already. Raises BudgetExhausted."""
        if self._held + size > self._capacity:
            raise BudgetExhausted
        self._held += size
        try:
            return await self.reserve(size)
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
        if turn.done() and not turn.cancelled():  # it was reserved for us already
            self.give_back(size)
            return
        self._waiting = deque(each for each in self._waiting if each[1] is not turn)
        self.give_back(0)  # the one behind may be smaller


class Reservation:
    """What one message takes."""

    def __init__(self, budget: MemoryBudget, size: int) -> None:
        self._budget = budget
        self._size = size

    def shrink(self, size: int) -> None:
        """It needs no more than this, as is known now."""
        freed = self._size - size
        if freed > 0:
            self._size = size
            self._budget.give_back(freed)

    @contextmanager
    def kept(self) -> Iterator[Reservation]:
        """Given back at the end, whatever happens."""
        try:
            yield self
        finally:
            self.shrink(0)
