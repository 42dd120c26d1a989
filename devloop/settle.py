"""When has a batch of changes come to rest?"""

from __future__ import annotations

START_SECONDS = 0.025
SHORTEST_SECONDS = 0.010
LONGEST_SECONDS = 0.600
IN_ALL_SECONDS = 2.0
FOLLOWED_SECONDS = 1.0
MARGIN = 1.25  # how much longer than the pauses that we saw
CALMER = 0.5  # what remains of a needless wait after each batch


class Settle:
    """Fed with hints and the ends of batches; knows how long to wait, and learns it.

    A batch that another one followed within a second was cut too early: from then on we wait out such a
    pause. A batch within which no such pause was seen lets the wait shrink again, by half.
    """

    def __init__(self, fixed: float | None = None) -> None:
        self.quiet = START_SECONDS if fixed is None else fixed
        self._fixed = fixed is not None
        self._in_all = max(IN_ALL_SECONDS, self.quiet)
        self._first: float | None = None  # of this batch
        self._last = 0.0
        self._pause = 0.0  # the longest within this batch
        self._before: tuple[float, float] | None = None  # the last batch that counted: its last hint, its end

    def hint(self, now: float) -> None:
        """Something stirred."""
        if self._first is None:
            self._first = now
        else:
            self._pause = max(self._pause, now - self._last)
        self._last = now

    def begin(self, now: float) -> None:
        """A batch is under way, with or without a hint."""
        if self._first is None:
            self.hint(now)

    def remaining(self, now: float) -> float:
        """How long it still has to stay quiet."""
        if self._first is None:
            return 0.0
        return max(0.0, min(self._last + self.quiet, self._first + self._in_all) - now)

    def ended(self, now: float, *, counted: bool) -> None:
        """The batch is over; did anything real change?"""
        first, last, pause = self._first, self._last, self._pause
        self._first, self._pause = None, 0.0
        if not counted or first is None:
            return
        before, self._before = self._before, (last, now)
        if not self._fixed:
            self.quiet = _learned(self.quiet, _cut(before, first), pause)


def _cut(before: tuple[float, float] | None, first: float) -> float:
    """The pause at which the batch before was taken for complete, if this one followed it closely."""
    if before is None:
        return 0.0
    last, end = before
    return first - last if first - end <= FOLLOWED_SECONDS else 0.0


def _learned(quiet: float, cut: float, pause: float) -> float:
    if quiet < cut * MARGIN <= LONGEST_SECONDS:
        return cut * MARGIN
    enough = max(SHORTEST_SECONDS, pause * MARGIN)
    return min(quiet, max(enough, quiet * CALMER))
