"""Do the runs themselves change the files that start them?"""

from __future__ import annotations

from dataclasses import dataclass

RERUNS = 3  # in a row
LATE_SECONDS = 1.0  # after the end of a run, in which a change may still be its work
SPREAD_SECONDS = 0.3  # what a run does at the same point comes after much the same time
SPREAD_FACTOR = 2.0
IN_VAIN = 40  # syntheses for the same files, each right after the other, none of which led to a run
TRUSTED_RUNS = 20  # reruns let through for files that were seen to change while nothing ran


@dataclass(frozen=True, slots=True)
class Trigger:
    """A change that came while a run was under way, or right after it."""

    files: frozenset[str]
    delay: float  # seconds since the run began


class FeedbackGuard:
    """Watches for the same files, changed by each of some runs in a row, at much the same moment of it.

    Only runs count that did something which can write files. A file that also changes while nothing runs
    is changed by somebody else: it is trusted for a while.
    """

    def __init__(self) -> None:
        self._blows: list[Trigger] = []
        self._began: float | None = None
        self._ended: float | None = None
        self._struck = False  # the run has had its blow; the next one belongs to the next run
        self._able = False
        self._trusted: dict[frozenset[str], int] = {}
        self._vain: list[frozenset[str]] = []
        self._vain_at = 0.0

    def calm(self) -> None:
        """Somebody is there: a key was pressed."""
        self._blows.clear()
        self._vain.clear()

    def vain(self, files: frozenset[str], now: float) -> None:
        """A change was looked at and led to no run. The program itself may have made it."""
        if self._vain and self._vain[-1] != files:
            self._vain.clear()
        self._vain = [*self._vain, files][-IN_VAIN:]
        self._vain_at = now

    def began(self, now: float) -> None:
        self._began, self._ended, self._struck, self._able = now, None, False, False
        self._vain.clear()

    def able(self) -> None:
        """The run does something that can write files."""
        self._able = True

    def ended(self, now: float) -> None:
        self._ended = now

    def quiet(self, now: float) -> bool:
        """Nothing runs that could have done it."""
        if self._vain and now - self._vain_at <= LATE_SECONDS:
            return False
        return self._began is None or (self._ended is not None and now - self._ended > LATE_SECONDS)

    def changed(self, files: frozenset[str], now: float) -> bool:
        """True: one more of the same, so that the next run would only bring the next change."""
        if now - self._vain_at > LATE_SECONDS:
            self._vain.clear()
        elif len(self._vain) == IN_VAIN and self._vain[-1] == files:
            return True
        if self._began is None:
            return False
        if self.quiet(now):
            self._blows.clear()
            self._trusted[files] = TRUSTED_RUNS
            return False
        if self._struck or not self._able:
            return False
        if self._trusted.get(files, 0):
            self._trusted[files] -= 1
            return False
        if self._blows and self._blows[-1].files != files:
            self._blows.clear()
        self._struck = True
        self._blows = [*self._blows, Trigger(files, now - self._began)][-RERUNS - 1 :]
        return len(self._blows) > RERUNS and _alike([blow.delay for blow in self._blows])


def _alike(delays: list[float]) -> bool:
    least, most = min(delays), max(delays)
    return most - least <= SPREAD_SECONDS or most <= least * SPREAD_FACTOR


def ignore_lines(files: frozenset[str]) -> tuple[str, ...]:
    """The lines of .stigmerignore that would leave these files alone."""
    return tuple("/" + _escaped(file) for file in sorted(files))


def _escaped(path: str) -> str:
    text = "".join("\\" + each if each in "\\*?[" else each for each in path)
    return text[:-1] + "\\ " if text.endswith(" ") else text
