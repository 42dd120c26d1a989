"""Which files does the consumer of changes know already?"""

from __future__ import annotations

from collections.abc import Callable

from devloop.changes.fingerprint import Change, Fingerprint, difference


class KnownFiles:
    """The files on disk as they settled last, and as they were when a change was last emitted."""

    def __init__(self, fingerprint: Fingerprint) -> None:
        self.settled = fingerprint
        self.emitted = fingerprint

    def emit(self) -> Change:
        """What has settled and was not emitted, for the consumer: from now on it is known."""
        change = difference(self.emitted, self.settled)
        self.emitted = self.settled
        return change

    def restrict(self, counting: Callable[[Fingerprint], Fingerprint]) -> None:
        """The ignore rules changed. What does not count any more was not deleted."""
        self.settled, self.emitted = counting(self.settled), counting(self.emitted)
