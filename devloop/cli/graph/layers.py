"""Where boxes stand that are joined by arrows: in layers, each arrow down, with few crossings.

Jumps of a workflow lead forward only. Workflows that run each other may form a cycle, which is broken where
it closes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import groupby, pairwise
from typing import NamedTuple

GAP = 28.0  # between boxes of a layer
ROWS = 44.0  # between layers
SWEEPS = 8


class Size(NamedTuple):
    """Of a box."""

    width: float
    height: float


class Spot(NamedTuple):
    """From the upper left corner."""

    x: float
    y: float


class Link(NamedTuple):
    """An arrow, and how much room its label needs."""

    source: str
    target: str
    label_width: float = 0.0


class Placed(NamedTuple):
    """Upper left corners by name, the way of each link in their order, and the size of all."""

    corners: Mapping[str, Spot]
    ways: Sequence[Sequence[Spot]]
    size: Size


def place(sizes: Mapping[str, Size], links: Sequence[Link]) -> Placed:
    """The names are in the order in which they were written."""
    return _Layers(sizes, links).placed()


class _Layers:
    def __init__(self, sizes: Mapping[str, Size], links: Sequence[Link]) -> None:
        self._sizes = dict(sizes)
        self._links = links
        order, closing = _order(sizes, links)
        # One that closes a cycle is laid out as if it led forward.
        self._back = [(each.source, each.target) in closing for each in links]
        self._ranks = self._ranked(order)
        self._chains = [self._chain(at) for at in range(len(links))]
        self._rows: list[list[str]] = [[] for _ in range(max(self._ranks.values(), default=-1) + 1)]
        for name, rank in self._ranks.items():
            self._rows[rank].append(name)
        self._centres: dict[str, float] = {}

    def placed(self) -> Placed:
        if not self._sizes:
            return Placed({}, (), Size(0, 0))
        self._sort()
        self._spread()
        left = min(self._centres[name] - self._sizes[name].width / 2 for name in self._sizes)
        tops = self._tops()
        corners = {
            name: Spot(self._centres[name] - size.width / 2 - left, self._top(name, tops))
            for name, size in self._sizes.items()
        }
        width = max(corners[name].x + size.width for name, size in self._sizes.items())
        height = max(corners[name].y + size.height for name, size in self._sizes.items())
        ways = [self._way(at, corners, tops) for at in range(len(self._links))]
        return Placed(corners, ways, Size(width, height))

    def _ends(self, at: int) -> tuple[str, str]:
        link = self._links[at]
        return (link.target, link.source) if self._back[at] else (link.source, link.target)

    def _ranked(self, order: Sequence[str]) -> dict[str, int]:
        """As low as its lowest predecessor demands."""
        ranks = dict.fromkeys(self._sizes, 0)
        for name in order:
            for at in range(len(self._links)):
                upper, lower = self._ends(at)
                if upper == name and upper != lower:
                    ranks[lower] = max(ranks[lower], ranks[name] + 1)
        return ranks

    def _chain(self, at: int) -> list[str]:
        """From the upper to the lower end, with a thin box in each layer between."""
        upper, lower = self._ends(at)
        names = [upper]
        for rank in range(self._ranks[upper] + 1, self._ranks[lower]):
            name = f"{at}.{rank}"
            width = self._links[at].label_width if rank == self._ranks[upper] + 1 else 0.0
            self._sizes[name] = Size(max(width, 6.0), 0.0)
            self._ranks[name] = rank
            names.append(name)
        return [*names, lower]

    def _neighbours(self) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
        above: dict[str, list[str]] = {name: [] for name in self._sizes}
        below: dict[str, list[str]] = {name: [] for name in self._sizes}
        for chain in self._chains:
            for upper, lower in pairwise(chain):
                above[lower].append(upper)
                below[upper].append(lower)
        return above, below

    def _sort(self) -> None:
        """Each near the middle of its neighbours, layer by layer, down and up."""
        above, below = self._neighbours()
        for sweep in range(SWEEPS):
            rows = self._rows if sweep % 2 == 0 else self._rows[::-1]
            others = above if sweep % 2 == 0 else below
            at = {name: place for row in self._rows for place, name in enumerate(row)}
            for row in rows:
                row.sort(key=lambda name: _mean([at[each] for each in others[name]], at[name]))
                at.update((name, place) for place, name in enumerate(row))

    def _spread(self) -> None:
        above, below = self._neighbours()
        for row in self._rows:
            self._put(row, dict.fromkeys(row, 0.0))
        for sweep in range(SWEEPS):
            rows = self._rows if sweep % 2 == 0 else self._rows[::-1]
            others = above if sweep % 2 == 0 else below
            for row in rows:
                wanted = {
                    name: _mean([self._centres[each] for each in others[name]], self._centres.get(name, 0.0))
                    for name in row
                }
                self._put(row, wanted)

    def _put(self, row: Sequence[str], wanted: Mapping[str, float]) -> None:
        """As near to what is wanted as their widths allow, in their order."""
        right = float("-inf")
        for name in row:
            half = self._sizes[name].width / 2
            self._centres[name] = max(wanted[name], right + half)
            right = self._centres[name] + half + GAP
        shift = _mean([wanted[name] - self._centres[name] for name in row], 0.0)
        for name in row:
            self._centres[name] += shift

    def _tops(self) -> list[float]:
        tops, top = [], 0.0
        for row in self._rows:
            tops.append(top)
            top += max(self._sizes[name].height for name in row) + ROWS
        return tops

    def _top(self, name: str, tops: Sequence[float]) -> float:
        row = self._rows[self._ranks[name]]
        if not self._links:
            return tops[self._ranks[name]]  # side by side: they begin together
        tallest = max(self._sizes[each].height for each in row)
        return tops[self._ranks[name]] + (tallest - self._sizes[name].height) / 2

    def _way(self, at: int, corners: Mapping[str, Spot], tops: Sequence[float]) -> list[Spot]:
        """From the lower edge of the upper box to the upper edge of the lower one, straight through layers.

        Only between layers it bends: beside a tall box there is no room.
        """
        upper, *between, lower = self._chains[at]
        foot, head = _foot(corners[upper], self._sizes[upper]), _head(corners[lower], self._sizes[lower])
        points = [foot, Spot(foot.x, self._bottom(upper, tops))]
        for name in between:
            x = _head(corners[name], self._sizes[name]).x
            points += [Spot(x, tops[self._ranks[name]]), Spot(x, self._bottom(name, tops))]
        points += [Spot(head.x, tops[self._ranks[lower]]), head]
        points = [each for each, _ in groupby(points)]
        return points[::-1] if self._back[at] else points

    def _bottom(self, name: str, tops: Sequence[float]) -> float:
        """Of its layer."""
        row = self._rows[self._ranks[name]]
        return tops[self._ranks[name]] + max(self._sizes[each].height for each in row)


def _order(names: Iterable[str], links: Sequence[Link]) -> tuple[Sequence[str], Collection[tuple[str, str]]]:
    """The names so that links lead forward, and the links that would close a cycle."""
    below: dict[str, list[str]] = {name: [] for name in names}
    for each in links:
        below[each.source].append(each.target)
    done: dict[str, None] = {}
    closing: set[tuple[str, str]] = set()
    for first in below:
        path, waiting = [first], [iter(below[first])] if first not in done else []
        while waiting:
            following = next(waiting[-1], None)
            if following is None:
                done[path.pop()] = None
                waiting.pop()
            elif following in path:
                closing.add((path[-1], following))
            elif following not in done:
                path.append(following)
                waiting.append(iter(below[following]))
    return list(done)[::-1], closing


def _foot(corner: Spot, size: Size) -> Spot:
    return Spot(corner.x + size.width / 2, corner.y + size.height)


def _head(corner: Spot, size: Size) -> Spot:
    return Spot(corner.x + size.width / 2, corner.y)


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise
