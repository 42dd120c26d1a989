"""What is on disk before it has settled, for work that may be thrown away."""

from __future__ import annotations

from collections.abc import Callable, Set

from devloop.changes.dirty import EVERYWHERE
from devloop.changes.fingerprint import Fingerprint, difference

MOST_PATHS = 16

OnEarlyChange = Callable[[Fingerprint], None]


class EarlyChanges:
    """Calls `emit` with the files of a debounce batch, once for each of their contents."""

    def __init__(self, emit: OnEarlyChange | None) -> None:
        self._emit = emit
        self._latest: Fingerprint | None = None  # of this batch

    def worth_a_scan(self, dirty: Set[str]) -> bool:
        """Would it take little time to find out, and does anybody want to know?"""
        return self._emit is not None and 0 < len(dirty) <= MOST_PATHS and EVERYWHERE not in dirty

    def scanned(self, settled: Fingerprint, now: Fingerprint) -> None:
        """Emits what is there now, unless files are missing, as in the midst of a save."""
        change = difference(settled, now)
        if self._emit is None or not change or change.deleted:
            return
        if difference(self._latest or settled, now):
            self._latest = now
            self._emit(now)

    def end_batch(self) -> None:
        self._latest = None
