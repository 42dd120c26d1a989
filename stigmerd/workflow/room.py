"""Is there room for what a workflow wants to keep? Knows all values that it holds."""

from __future__ import annotations

import asyncio
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Final, TypeVar

from stigmerd.workflow.failure import holds_too_much, nested_too_deep, too_large
from stigmerd.workflow.held import Held
from stigmerd.workflow.model import Value
from stigmerd.workflow.state import DEEPEST, State
from stigmerd.workflow.weight import Weight, counting, flat, weighing

MUCH_BYTES: Final = 1 << 20  # so much at once is work for the reporter, too: the others get a turn then

T = TypeVar("T")


class Room:
    """Weighs values, refuses those that are too large, and counts what is held."""

    def __init__(self, held: Held, value_bytes: int) -> None:
        self._held = held
        self._value_bytes = value_bytes  # of one value as JSON
        self._roots: dict[int, State | Value] = {}
        self._keys = count()
        self._new = 0

    def much_new(self) -> bool:
        """Since this was asked the last time and was so."""
        if self._new < MUCH_BYTES:
            return False
        self._new = 0
        return True

    @contextmanager
    def of(self, root: State | Value) -> Iterator[None]:
        """While it is in use, all that hangs on it is held."""
        key = next(self._keys)
        self._roots[key] = root
        try:
            yield
        finally:
            del self._roots[key]

    async def weigh(self, value: Value, what: str) -> Weight:
        """Raises TaskFailed for one that is too large or nested too deep; `what` it is."""
        weight = flat(value)
        if weight is None:
            weight = await unhurried(weighing(value, self._value_bytes, DEEPEST))
        self.refuse(weight, what)
        return weight

    def refuse(self, weight: Weight, what: str) -> None:
        """If it is too much. Raises TaskFailed."""
        if weight.levels > DEEPEST:
            raise nested_too_deep(what)
        if weight.bytes > self._value_bytes:
            raise too_large(what, self._value_bytes)

    async def take(self, weight: Weight) -> None:
        """Raises TaskFailed when there is no room."""
        self._held.take(weight.room)
        self._new += weight.bytes
        if self._held.due:
            self._held.counted(await unhurried(counting(self._values())))
            if reason := self._held.too_much:
                raise holds_too_much(reason)

    def _values(self) -> Iterator[Value]:
        for root in self._roots.values():
            if isinstance(root, State):
                yield from (root.data, root.context, root.outputs, root.output, root.input)
            else:
                yield root


async def unhurried(pieces: Generator[None, None, T]) -> T:
    """Piece by piece; in between everybody else gets a turn."""
    while True:
        try:
            next(pieces)
        except StopIteration as end:
            result: T = end.value
            return result
        await asyncio.sleep(0)
