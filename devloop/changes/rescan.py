"""When is the next safety rescan due? It finds what no event reported."""

from __future__ import annotations

# It takes at most a two-thousandth of the time.
IDLE_SHARE = 2000
HASHING = 4  # how much longer it takes to read everything than to stat it


class RescanClock:
    """Moments are monotonic seconds. The bigger the project, the rarer the rescan."""

    def __init__(self, pause_seconds: float, now: float, first_scan_seconds: float) -> None:
        """`first_scan_seconds`: of CPU time, for a scan that read everything."""
        self._shortest = pause_seconds
        self._due = now + self._pause(first_scan_seconds / HASHING)

    def remaining(self, now: float) -> float:
        """Seconds until it is due; not above 0: it is."""
        return self._due - now

    def done(self, now: float, cpu_seconds: float) -> None:
        """A rescan took so much CPU time; the next one will, too."""
        self._due = now + self._pause(cpu_seconds)

    def _pause(self, cpu_seconds: float) -> float:
        return max(self._shortest, cpu_seconds * IDLE_SHARE)
