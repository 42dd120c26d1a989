"""When is a backend asked instead of listened to, and how long is a lost one hoped for?"""

from __future__ import annotations

from runcmd.frozen import Frozen


class Pace(Frozen):
    """All in seconds, but for the attempts."""

    quiet_seconds: float = 2.0  # without a snapshot, then the backend is asked for one
    quiet_most_seconds: float = 15.0
    first_delay_seconds: float = 0.1  # before connecting again
    longest_delay_seconds: float = 5.0
    pending_seconds: float = 20.0  # then it is said that nothing seems to take the execution up
    attempts: int = 8  # without any news between them
    stable_seconds: float = 5.0  # a stream that lived so long was a good one

    def quiet(self, before: float, *, progressed: bool) -> float:
        """How long to listen next, when the backend was asked after `before` seconds without a word."""
        return self.quiet_seconds if progressed else min(before * 2, self.quiet_most_seconds)

    def failures(self, before: int, *, progressed: bool, lived_seconds: float) -> int:
        """In a row, with the stream that has just broken."""
        good = progressed or lived_seconds > self.stable_seconds
        return 1 if good else before + 1

    def delay(self, failures: int) -> float:
        """Before connecting again."""
        return min(self.first_delay_seconds * 2.0 ** (failures - 1), self.longest_delay_seconds)
