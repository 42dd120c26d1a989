"""When has a batch of changes come to rest?"""

from __future__ import annotations

START_SECONDS = 0.025
SHORTEST_SECONDS = 0.010
LONGEST_SECONDS = 0.600
IN_ALL_SECONDS = 2.0
FOLLOWED_SECONDS = 1.0
MARGIN = 1.25  # how much longer than the pauses that we saw
MOST_UNPROVEN = 6
CALMER = 0.5  # what remains of a needless wait after each batch


class Settle:
    """Fed with hints and the ends of batches; knows how long to wait, and learns it.

    A batch that another one followed within a second was cut too early: from then on we wait out such a
    pause. If the next batch gains nothing by it, somebody waited for us before the next edit: back to where
    we were, and for a while, longer each time, such a pause teaches nothing. Without pauses the wait shrinks
    by half.
    """

    def __init__(self, fixed: float | None = None) -> None:
        self.quiet = START_SECONDS if fixed is None else fixed
        self._fixed = fixed is not None
        self._in_all = max(IN_ALL_SECONDS, self.quiet)
        self._first: float | None = None  # of this batch
        self._last = 0.0
        self._pause = 0.0  # the longest within this batch
        self._shorter: float | None = None  # the wait before a step up that has still to prove itself
        self._unproven = 0  # steps up, one after the other, that did not
        self._distrust = 0  # batches that cannot make it step up
        self._before: tuple[float, float] | None = None  # the last batch that counted: its last hint, its end

    def event(self, now: float) -> None:
        """Something stirred."""
        if self._first is None:
            self._first = now
        else:
            self._pause = max(self._pause, now - self._last)
        self._last = now

    def begin(self, now: float) -> None:
        """A batch is under way, with or without a hint."""
        if self._first is None:
            self.event(now)

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
        cut = self._cut(first)
        self._before = (last, now)
        if not self._fixed:
            self._learn(cut, pause)

    def _cut(self, first: float) -> float:
        """The pause at which the batch before was taken for complete, if this one followed it closely."""
        if self._before is None:
            return 0.0
        last, end = self._before
        return first - last if first - end <= FOLLOWED_SECONDS else 0.0

    def _learn(self, cut: float, pause: float) -> None:
        if self._shorter is not None and pause <= self._shorter:
            self.quiet, self._shorter = self._shorter, None
            self._unproven = min(self._unproven + 1, MOST_UNPROVEN)
            self._distrust = 2**self._unproven
            return
        if self._shorter is not None:
            self._shorter, self._unproven = None, 0
        if not self._distrust and self.quiet < cut * MARGIN <= LONGEST_SECONDS:
            self._shorter, self.quiet = self.quiet, cut * MARGIN
            return
        self._distrust = max(0, self._distrust - 1)
        enough = max(SHORTEST_SECONDS, pause * MARGIN)
        self.quiet = min(self.quiet, max(enough, self.quiet * CALMER))
