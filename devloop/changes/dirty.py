"""Which paths must be scanned again?"""

from __future__ import annotations

from collections.abc import Iterable

from devloop.changes.fingerprint import MANY_PATHS

EVERYWHERE = ""


class DirtyPaths:
    """The paths of raw events: those that wait for a scan, and those of the debounce batch."""

    def __init__(self) -> None:
        self.waiting: set[str] = set()
        self.batch: set[str] = set()  # scanned, and not settled yet

    def __bool__(self) -> bool:
        """Is anything not settled?"""
        return bool(self.waiting or self.batch)

    @property
    def paths(self) -> set[str]:
        """All that is not settled."""
        return self.waiting | self.batch

    def mark(self, paths: Iterable[str]) -> None:
        """Something may have happened to these, and to all below them."""
        self.waiting.update(paths)
        if len(self.waiting) > MANY_PATHS:
            self.waiting = {EVERYWHERE}

    def begin_scan(self, *, everywhere: bool = False) -> set[str]:
        """What waits becomes a part of the batch; returns the batch, all of which is to be scanned."""
        self.batch |= self.waiting
        self.waiting = set()
        if everywhere or len(self.batch) > MANY_PATHS:
            self.batch = {EVERYWHERE}
        return self.batch

    def end_batch(self) -> None:
        self.batch = set()
