"""When the backend was lost, and what only that explains."""

from __future__ import annotations

from dataclasses import dataclass, field

GLANCE_SECONDS = 0.5
ATTEMPTS = 8  # of a run to find its execution again, for each loss


@dataclass(frozen=True, slots=True)
class Loss:
    """It was made to go, and could not come back before `until`."""

    at: float
    until: float


@dataclass(slots=True)
class Losses:
    """All of them, the oldest first; and how they were said."""

    all: list[Loss] = field(default_factory=list)
    said: int = 0
    open: bool = False  # it was said to be lost, and not yet to be back
    _back_at: float = 0.0

    def between(self, begin: float, end: float) -> int:
        """How many may be felt in this time."""
        return sum(loss.at <= end and loss.until >= begin - GLANCE_SECONDS for loss in self.all)

    def lost(self, at: float) -> str:
        """It was said to be lost; what is wrong with that."""
        again, self.open = self.open, True
        self.said += 1
        if again:
            return "it is said to be lost a second time"
        return "" if self.between(self._back_at, at) else "it was not lost"

    def back(self, at: float) -> str:
        """It was said to be back; what is wrong with that."""
        lost, self.open, self._back_at = self.open, False, at
        return "" if lost else "nobody said that it was lost"
