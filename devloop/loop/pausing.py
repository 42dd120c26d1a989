"""Do changes start runs for now?"""

from __future__ import annotations

from collections.abc import Callable

from devloop.changes.fingerprint import Change
from devloop.ignore.line import ignore_line
from devloop.loop import events
from devloop.loop.events import LoopEvent, PauseReason
from devloop.loop.feedback import FeedbackGuards


class Pausing:
    """Somebody asked for a pause, or the runs themselves make the changes that start them. Or each run is
    asked for (`manual`)."""

    def __init__(self, guard: FeedbackGuards, emit: Callable[[LoopEvent], None]) -> None:
        self.reason: PauseReason | None = None
        self.manual = False
        self._guard = guard
        self._emit = emit

    @property
    def holds(self) -> bool:
        """Changes start no runs."""
        return self.manual or self.reason is not None

    @property
    def collects(self) -> bool:
        """Because each run is asked for."""
        return self.manual and self.reason is None

    def changed(self, gen: int, change: Change, now: float) -> None:
        """Reports a change, and pauses when it is one too many of the same. `gen`: the newest generation."""
        files = frozenset(change.paths)
        runs_away = self._guard.changed(files, now)
        if self.reason is PauseReason.STORM and self._guard.quiet(now):
            self.resume(gen)  # it was somebody else, after all
        begins = runs_away and not self.holds
        if begins:
            self.reason = PauseReason.STORM
        self._emit(
            events.ChangeSeen(
                gen=gen + 1,
                created=change.created,
                modified=change.modified,
                deleted=change.deleted,
                held=self.holds,
                collected=self.collects,
            )
        )
        if begins:
            written = sorted(files)
            ignore = tuple(map(ignore_line, written))
            self._emit(events.StormPaused(gen=gen, files=tuple(written), ignore=ignore))

    def pause(self, gen: int) -> None:
        """Because somebody asked for it."""
        self.reason = PauseReason.ASKED
        self._emit(events.WatchPaused(gen=gen, reason=self.reason))

    def resume(self, gen: int) -> None:
        """For whatever reason it was paused."""
        self.reason = None
        self._emit(events.WatchResumed(gen=gen))
