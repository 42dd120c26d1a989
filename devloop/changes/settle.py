"""When has a debounce batch come to rest?"""

from __future__ import annotations

START_SECONDS = 0.025
SHORTEST_SECONDS = 0.010
LONGEST_SECONDS = 0.600
IN_ALL_SECONDS = 2.0
MARGIN = 1.25  # how much longer than the pauses that we saw
MOST_UNPROVEN = 6
CALMER = 0.5  # what remains of a needless wait after each batch


class Settle:
    """Counts raw events and the ends of batches; knows how long to wait for quiet, and learns it.

    If the next batch begins right after one (within 0.48 s: a longest wait, without the margin), that one was
    cut too early: from now on we wait out such a pause. If that does not help the next batch, somebody waited
    for us before the next edit: we go back, and learn nothing from such pauses for a while, longer each time.
    Without pauses the wait shrinks by half.
    """

    def __init__(self, fixed: float | None = None) -> None:
        """`fixed`: seconds of quiet, if nothing is to be learned."""
        self.quiet = START_SECONDS if fixed is None else fixed
        self._fixed = fixed is not None
        self._in_all = max(IN_ALL_SECONDS, self.quiet)
        self._first: float | None = None  # event of this batch
        self._last = 0.0
        self._pause = 0.0  # the longest within this batch
        self._shorter: float | None = None  # the wait before a step up that has still to prove itself
        self._unproven = 0  # steps up, one after the other, that did not
        self._distrust = 0  # batches that cannot make it step up
        self._before: float | None = None  # the last event of the last batch that counted

    def event(self, now: float) -> None:
        """A raw event of a path that counts."""
        if self._first is None:
            self._first = now
        else:
            self._pause = max(self._pause, now - self._last)
        self._last = now

    def begin(self, now: float) -> None:
        """A batch is under way, with or without an event."""
        if self._first is None:
            self.event(now)

    def remaining(self, now: float) -> float:
        """How many seconds it still has to stay quiet."""
        if self._first is None:
            return 0.0
        return max(0.0, min(self._last + self.quiet, self._first + self._in_all) - now)

    def ended(self, *, counted: bool) -> None:
        """The batch is over; did anything real change?"""
        first, last, pause = self._first, self._last, self._pause
        self._first, self._pause = None, 0.0
        if not counted or first is None:
            return
        cut = 0.0 if self._before is None else first - self._before
        self._before = last
        if not self._fixed:
            self._learn(cut, pause)

    def _learn(self, cut: float, pause: float) -> None:
        """`cut`: the pause before this batch; `pause`: the longest in it."""
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
