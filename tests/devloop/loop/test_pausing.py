"""Changes start no runs while somebody asked for a pause, or while the runs make the changes."""

from __future__ import annotations

import anyio

from devloop.changes.fingerprint import Change
from devloop.loop.events import (
    ChangeSeen,
    LoopEvent,
    PauseReason,
    RunStarted,
    StormPaused,
    WatchPaused,
    WatchReady,
    WatchResumed,
)
from devloop.loop.feedback import LATE_SECONDS, RERUNS, FeedbackGuard
from devloop.loop.pausing import Pausing
from tests.devloop.loop.edits import editing, ends
from tests.support.weak_server import WeakServer

CHANGE = Change(modified=("out.json",))


class Paused:
    """Pausing, and the events and the clock of it."""

    def __init__(self) -> None:
        self.events: list[LoopEvent] = []
        self.guard = FeedbackGuard()
        self.pausing = Pausing(self.guard, self.events.append)
        self.now = 0.0

    def run_that_changes(self) -> None:
        """In the same way each time."""
        self.guard.began(self.now)
        self.guard.can_write()
        self.now += 0.2
        self.pausing.changed(1, CHANGE, self.now)
        self.guard.ended(self.now)

    @property
    def kinds(self) -> list[type[LoopEvent]]:
        return [type(event) for event in self.events]


def test_runs_that_change_the_same_files_pause_the_loop_once() -> None:
    paused = Paused()
    for _ in range(RERUNS):
        paused.run_that_changes()
    assert paused.pausing.reason is None
    for _ in range(3):
        paused.run_that_changes()
    assert paused.pausing.reason is PauseReason.STORM
    assert paused.kinds == [ChangeSeen] * (RERUNS + 1) + [StormPaused] + [ChangeSeen] * 2
    held = [event.held for event in paused.events if isinstance(event, ChangeSeen)]
    assert held == [False] * RERUNS + [True] * 3


def test_a_change_while_nothing_runs_shows_that_it_was_somebody_else() -> None:
    paused = Paused()
    for _ in range(RERUNS + 1):
        paused.run_that_changes()
    paused.events.clear()
    paused.pausing.changed(1, CHANGE, paused.now + 2 * LATE_SECONDS)
    assert paused.kinds == [WatchResumed, ChangeSeen]
    assert paused.pausing.reason is None


def test_a_pause_that_somebody_asked_for_lasts_until_he_ends_it() -> None:
    paused = Paused()
    paused.pausing.pause(1)
    paused.pausing.changed(1, CHANGE, 100.0)
    assert paused.pausing.reason is PauseReason.ASKED
    paused.pausing.resume(1)
    assert paused.kinds == [WatchPaused, ChangeSeen, WatchResumed]


async def test_the_program_runs_early_but_not_during_a_pause(server: WeakServer) -> None:
    ends(server)
    async with editing(server) as loop:
        await loop.until(WatchReady)
        loop.change_early(main="two")
        loop.edit()  # it has settled
        assert (await loop.until(RunStarted)).gen == 2
        await loop.until(WatchReady)
        assert [texts["main"] for texts in loop.discovered] == ["one", "two"], "once for each text"
        loop.press("p")
        loop.change_early(main="three")
        await anyio.wait_all_tasks_blocked()
        assert len(loop.discovered) == 2
