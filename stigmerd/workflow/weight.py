"""How much is in a value? Counted as it would be written in JSON; in pieces, so that nobody waits."""

from __future__ import annotations

import sys
from collections.abc import Generator, Iterable, Iterator
from typing import Final, NamedTuple, TypeVar

from stigmerd.workflow.model import Value

PIECE: Final = 10_000  # so many parts of a value are counted at a time
PART_BYTES: Final = 60  # that Python takes for a number or a short text in a list or an object
NUMBER_BYTES: Final = 8  # as it is written, more or less
TO_OPEN: Final = 3  # parts: a list or an object takes longer than a number
FEW: Final = 32
LONG_BYTES: Final = 1 << 10
CONTAINERS: Final = (dict, list, tuple)


T = TypeVar("T")


class Weight(NamedTuple):
    """`levels`: of lists and objects inside one another. `more`: it was not counted to the end."""

    bytes: int = 2
    parts: int = 1
    levels: int = 0
    more: bool = False

    @property
    def room(self) -> int:
        """In memory, by a rule of thumb: without reading every number."""
        return self.bytes + PART_BYTES * self.parts

    def with_one(self, other: Weight) -> Weight:
        """Of a list, with one item more."""
        return Weight(
            bytes=self.bytes + other.bytes + 1,
            parts=self.parts + other.parts,
            levels=max(self.levels, other.levels + 1),
        )


NOTHING: Final = Weight()
EMPTY_LIST: Final = Weight(levels=1)


def flat(value: Value, levels: int = 2) -> Weight | None:
    """At once, of what most values are: a text, a number, some of them. None for all others."""
    kind = type(value)
    if kind not in CONTAINERS:
        return Weight(_of_leaf(value))
    count = len(value)
    if count > FEW or not levels:
        return None
    size, parts, deep = 2 + count, 1 + count, 0
    if kind is dict:
        for name in value:
            size += len(name) + 3
        value = value.values()
    for each in value:
        kind = type(each)
        if kind is str and each.isascii():
            size += len(each) + 2
        elif kind not in CONTAINERS:
            size += _of_leaf(each)
        elif (inner := flat(each, levels - 1)) is not None:
            size, parts, deep = size + inner.bytes, parts + inner.parts - 1, max(deep, inner.levels)
        else:
            return None
    return Weight(size, parts, deep + 1)


def weight_of(value: Value, most: int | None = None, deepest: int = sys.maxsize) -> Weight:
    return finished(weighing(value, most, deepest))


def weighing(
    value: Value, most: int | None = None, deepest: int = sys.maxsize
) -> Generator[None, None, Weight]:
    """Yields after each piece. Ends early, with `more`, beyond `most` bytes or the `deepest` level.

    What is in a value twice is read once and counts twice: a value that doubles in each task soon is too
    large to write down although it takes no room in memory.
    """
    if not isinstance(value, CONTAINERS):
        return Weight(bytes=_of_leaf(value))
    known: dict[int, Weight] = {}
    path = [_Open(value)]
    seen = 0
    while True:
        top = path[-1]
        for each in top.rest:
            seen += 1
            if seen >= PIECE:
                seen = 0
                yield
            if not isinstance(each, CONTAINERS):
                top.bytes += _of_leaf(each)
            elif (weight := known.get(id(each))) is not None:
                top.add(weight)
            else:
                path.append(_Open(each))
                seen += TO_OPEN
                break
            if most is not None and top.bytes > most:
                return _cut(path)
        else:
            weight = known[id(top.value)] = top.weight()
            if len(path) == 1:
                return weight
            path.pop()
            path[-1].add(weight)
        if len(path) + path[-1].levels > deepest or (most is not None and path[-1].bytes > most):
            return _cut(path)


def _cut(path: list[_Open]) -> Weight:
    return Weight(
        bytes=sum(each.bytes for each in path),
        parts=sum(each.parts for each in path),
        levels=len(path) + path[-1].levels,
        more=True,
    )


class _Open:
    """A container of which a part is counted."""

    __slots__ = ("bytes", "levels", "parts", "rest", "value")

    def __init__(self, value: Value) -> None:
        self.value = value
        self.levels = 0
        self.parts = 1 + len(value)
        self.bytes = 2 + len(value)
        self.rest: Iterator[Value] = iter(value)
        if isinstance(value, dict):
            self.bytes += sum(len(name) + 3 for name in value)
            self.rest = iter(value.values())

    def add(self, weight: Weight) -> None:
        self.bytes += weight.bytes
        self.parts += weight.parts - 1
        self.levels = max(self.levels, weight.levels)

    def weight(self) -> Weight:
        return Weight(bytes=self.bytes, parts=self.parts, levels=self.levels + 1)


def _of_leaf(value: Value) -> int:
    if isinstance(value, str):
        return 2 + (len(value) if value.isascii() else len(value.encode("utf-8", "replace")))
    return NUMBER_BYTES


def counting(roots: Iterable[Value]) -> Generator[None, None, int]:
    """The bytes of memory that values take together: a container or a long text is counted once.

    Where it is not worth the memory to know what was seen, it is not asked.
    """
    known: set[int] = set()
    waiting: list[Value] = [list(roots)]
    total = 0
    while waiting:
        container = waiting.pop()
        total += sys.getsizeof(container)
        if isinstance(container, dict):
            total += sum(map(sys.getsizeof, container))
        # A copy: another task may add to it between two pieces.
        inside = list(container.values() if isinstance(container, dict) else container)
        for start in range(0, len(inside), PIECE):
            for each in inside[start : start + PIECE]:
                size = 0 if isinstance(each, CONTAINERS) else sys.getsizeof(each)
                if 0 < size < LONG_BYTES:
                    total += size
                elif id(each) not in known:
                    known.add(id(each))
                    total += size
                    if not size:
                        waiting.append(each)
            yield
    return total


def finished(pieces: Generator[None, None, T]) -> T:
    """All pieces at once."""
    while True:
        try:
            next(pieces)
        except StopIteration as end:
            result: T = end.value
            return result
