"""Where in some data is one of many byte strings? Looked for in blocks of some bytes, not one by one."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final, Literal

Span = tuple[int, int]

WINDOW: Final = 1 << 14  # bytes


@dataclass(frozen=True, slots=True)
class Grid:
    """How a text is cut into blocks: every `step` bytes one of `size`, a number to the computer."""

    size: int
    step: int
    code: Literal["Q", "I"]  # of memoryview's cast

    @property
    def shortest(self) -> int:
        """A form of this length has a whole block in it, wherever it stands."""
        return self.size + self.step - 1


GRIDS: Final = (Grid(8, 4, "Q"), Grid(4, 4, "I"), Grid(4, 1, "I"))  # for long, middling, short forms
FAR: Final = 8  # more than any step
HEAD: Final = 16  # bytes of a form that hold its blocks, whatever the grid


class Index:
    """The forms that fit one grid, by the blocks that they have in it."""

    def __init__(self, grid: Grid, forms: Collection[bytes]) -> None:
        longest = min((each.shortest for each in GRIDS if each.shortest > grid.shortest), default=1 << 62)
        self._grid = grid
        self._forms = frozenset(form for form in forms if grid.shortest <= len(form) < longest)
        # What a block may be of: how long the form is and how far into it, in one number or in several.
        self._places: dict[int, int | tuple[int, ...]] = {}
        heads = b"".join([form[:HEAD].ljust(HEAD, b"\0") for form in self._forms])
        for offset in range(grid.step):
            blocks = memoryview(heads + bytes(HEAD))[offset : offset + len(heads)].cast(grid.code)
            for block, form in zip(blocks[:: HEAD // grid.size], self._forms, strict=True):
                place = len(form) * FAR + offset
                known = self._places.setdefault(block, place)
                if known != place:
                    self._places[block] = _with(known, place)
        self._blocks = frozenset(self._places)

    def __len__(self) -> int:
        return len(self._forms)

    def found(self, data: bytes) -> Iterator[Span]:
        size, code, wanted = self._grid.size, self._grid.code, self._blocks
        for shift in range(0, size, self._grid.step):
            for begin in range(shift, len(data) - size + 1, WINDOW):
                window = memoryview(data)[begin : begin + WINDOW]
                blocks = window[: len(window) // size * size].cast(code)
                if not wanted.isdisjoint(blocks):
                    for number, block in enumerate(blocks):
                        if block in wanted:
                            yield from self._compared(data, begin + number * size, self._places[block])

    def _compared(self, data: bytes, position: int, places: int | tuple[int, ...]) -> Iterator[Span]:
        for place in places if isinstance(places, tuple) else (places,):
            length, offset = divmod(place, FAR)
            start, end = position - offset, position - offset + length
            if start >= 0 and end <= len(data) and data[start:end] in self._forms:
                yield start, end


def _with(known: int | tuple[int, ...], place: int) -> int | tuple[int, ...]:
    places = known if isinstance(known, tuple) else (known,)
    return known if place in places else (*places, place)
