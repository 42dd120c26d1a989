"""How much memory an execution may hold, and how much all executions together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

MEBIBYTE: Final = 1 << 20
STEP_BYTES: Final = 16 * MEBIBYTE  # what may be added before it is counted anew
# An execution that holds less than this part of the shared limit never fails because of others.
LEAST_SHARE: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowLimits:
    """Limits of one workflow execution."""

    tasks: int = 10_000  # that one execution may run, loops counted
    loop: int = 10_000  # iterations of one FOR
    value_bytes: int = 64 * MEBIBYTE  # of one value as JSON: an output, an argument, a loop's results
    held_bytes: int = 256 * MEBIBYTE  # of memory, for all the values that one execution holds at a time


class SharedLimit:
    """What all executions hold."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.bytes = 0

    @property
    def full(self) -> bool:
        return self.bytes > self.most


class Held:
    """A tally of one execution. It only grows, so it is an upper bound; a count makes it exact again.

    Counting takes as long as there is much to count, so there must be much new before it is done again.
    """

    def __init__(self, most: int, shared: SharedLimit | None = None) -> None:
        self.most = most
        self.bytes = self.peak = 0
        self._shared = shared or SharedLimit(most)
        self._next = min(STEP_BYTES, most)

    def take(self, size: int) -> None:
        self.bytes += size
        self._shared.bytes += size

    @property
    def due(self) -> bool:
        """It is time to count."""
        return self.bytes > self._next or (self._shared.full and self._has_its_share)

    def counted(self, size: int) -> None:
        self.take(size - self.bytes)
        self.peak = max(self.peak, size)
        self._next = size + max(STEP_BYTES, size // 2)
        if size <= self.most:
            self._next = min(self._next, max(self.most, size + self.most // 16))

    @property
    def too_much(self) -> str:
        """Why it may not go on; empty when it may."""
        if self.bytes > self.most:
            return f"more than {in_mebibytes(self.most)} at a time"
        if self._shared.full and self._has_its_share:
            return f"all executions together more than {in_mebibytes(self._shared.most)}"
        return ""

    def release(self) -> None:
        self.take(-self.bytes)

    @property
    def _has_its_share(self) -> bool:
        return self.bytes > self._shared.most // LEAST_SHARE


def in_mebibytes(size: int) -> str:
    return f"{size / MEBIBYTE:.3g} MiB"
