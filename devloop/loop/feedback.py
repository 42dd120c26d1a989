"""Do the runs themselves change the files that start them?"""

from __future__ import annotations

from dataclasses import dataclass

RERUNS = 3  # in a row
LATE_SECONDS = 1.0  # after the end of a run, in which a change may still be its work
SPREAD_SECONDS = 0.3  # what a run does at the same point comes after much the same time
SPREAD_FACTOR = 2.0
MOST_NO_OPS = 40  # syntheses for the same files, each right after the other, none of which led to a run
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
        self._triggers: list[Trigger] = []
        self._began: float | None = None
        self._ended: float | None = None
        self._triggered = False  # the run has made its change; the next one belongs to the next run
        self._can_write = False
        self._trusted: dict[frozenset[str], int] = {}
        self._no_ops: list[frozenset[str]] = []
        self._no_op_at = 0.0

    def reset(self) -> None:
        """Somebody is there: a key was pressed."""
        self._triggers.clear()
        self._no_ops.clear()

    def no_op(self, files: frozenset[str], now: float) -> None:
        """A change was looked at and led to no run. The program itself may have made it."""
        if self._no_ops and self._no_ops[-1] != files:
            self._no_ops.clear()
        self._no_ops = [*self._no_ops, files][-MOST_NO_OPS:]
        self._no_op_at = now

    def began(self, now: float) -> None:
        self._began, self._ended, self._triggered, self._can_write = now, None, False, False
        self.runs()

    def runs(self) -> None:
        """Changes lead to runs, of whatever target."""
        self._no_ops.clear()

    def can_write(self) -> None:
        """The run does something that can write files."""
        self._can_write = True

    def ended(self, now: float) -> None:
        self._ended = now

    def quiet(self, now: float) -> bool:
        """Nothing runs that could have done it."""
        if self._no_ops and now - self._no_op_at <= LATE_SECONDS:
            return False
        return self._began is None or (self._ended is not None and now - self._ended > LATE_SECONDS)

    def changed(self, files: frozenset[str], now: float) -> bool:
        """True: one more of the same, so that the next run would only bring the next change."""
        if now - self._no_op_at > LATE_SECONDS:
            self._no_ops.clear()
        elif len(self._no_ops) == MOST_NO_OPS and self._no_ops[-1] == files:
            return True
        if self._began is None:
            return False
        if self.quiet(now):
            self._triggers.clear()
            self._trusted[files] = TRUSTED_RUNS
            return False
        if self._triggered or not self._can_write:
            return False
        if self._trusted.get(files, 0):
            self._trusted[files] -= 1
            return False
        if self._triggers and self._triggers[-1].files != files:
            self._triggers.clear()
        self._triggered = True
        self._triggers = [*self._triggers, Trigger(files, now - self._began)][-RERUNS - 1 :]
        return len(self._triggers) > RERUNS and _alike([trigger.delay for trigger in self._triggers])


class FeedbackGuards:
    """One for each target. A change may be the work of any of their runs."""

    def __init__(self) -> None:
        self._guards = [FeedbackGuard()]  # the first one is of nobody's runs: it counts those that never came

    def add(self, guard: FeedbackGuard) -> None:
        """Of one more target."""
        self._guards.append(guard)

    def reset(self) -> None:
        """Somebody is there: a key was pressed."""
        for each in self._guards:
            each.reset()

    def no_op(self, files: frozenset[str], now: float) -> None:
        """A change was looked at and led to no run."""
        for each in self._guards:
            each.no_op(files, now)

    def began(self, guard: FeedbackGuard, now: float) -> None:
        """A run of that target."""
        guard.began(now)
        for each in self._guards:
            each.runs()

    def quiet(self, now: float) -> bool:
        """Nothing runs that could have done it."""
        return all(each.quiet(now) for each in self._guards)

    def changed(self, files: frozenset[str], now: float) -> bool:
        """True: one more of the same, so that the next run would only bring the next change."""
        runs_away = [each.changed(files, now) for each in self._guards]  # each of them has to know
        return any(runs_away)


def _alike(delays: list[float]) -> bool:
    least, most = min(delays), max(delays)
    return most - least <= SPREAD_SECONDS or most <= least * SPREAD_FACTOR
