"""Runs that change the files that start them are paused; people are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from devloop.loop.events import ChangeSeen, RunStarted, StormPaused, WatchReady, WatchResumed
from devloop.loop.feedback import MOST_NO_OPS, RERUNS, FeedbackGuard, FeedbackGuards
from runcmd.events import RunFinished
from runcmd.pipeline import Connect
from tests.devloop.loop.looping import looping
from tests.devloop.loop.programs import WRITES, says

FILES = frozenset({"out.json"})


class Runs:
    """A guard, some runs and a clock."""

    def __init__(self) -> None:
        self.guard = FeedbackGuard()
        self.now = 0.0

    def run(
        self, delay: float, *, can_write: bool = True, files: frozenset[str] = FILES, lasts: bool = True
    ) -> bool:
        """A run, and a change after so many seconds of it. True: that is a storm."""
        self.guard.began(self.now)
        if can_write:
            self.guard.can_write()
        if not lasts:
            self.guard.ended(self.now)
        self.now += delay
        stormy = self.guard.changed(files, self.now)
        self.guard.ended(self.now)
        return stormy


@pytest.fixture
def runs() -> Runs:
    return Runs()


def test_the_same_at_the_same_moment_of_each_run(runs: Runs) -> None:
    assert [runs.run(0.2 + 0.01 * number) for number in range(5)] == [False] * RERUNS + [True] * 2


def test_right_after_the_end_counts(runs: Runs) -> None:
    assert [runs.run(0.5, lasts=False) for _ in range(4)] == [False] * RERUNS + [True]


def test_somebody_who_edits_between_runs_is_trusted(runs: Runs) -> None:
    assert not any(runs.run(5, lasts=False) for _ in range(10))
    assert not any(runs.run(0.2) for _ in range(10))


def test_a_run_that_cannot_write_is_not_blamed(runs: Runs) -> None:
    assert not any(runs.run(0.2, can_write=False) for _ in range(10))


def test_other_files_each_time_are_no_storm(runs: Runs) -> None:
    assert not any(runs.run(0.2, files=frozenset({str(number)})) for number in range(10))


def test_other_moments_each_time_are_no_storm(runs: Runs) -> None:
    assert not any(runs.run(delay) for delay in (1, 9, 4, 20, 2, 12, 50, 3))


def test_a_key_resets_it(runs: Runs) -> None:
    for _ in range(10):
        assert not any(runs.run(0.2) for _ in range(RERUNS))
        runs.guard.reset()


def test_a_program_that_changes_a_file_each_time_it_declares(runs: Runs) -> None:
    guard = runs.guard
    for _ in range(MOST_NO_OPS):
        assert not guard.changed(FILES, runs.now)
        guard.no_op(FILES, runs.now + 0.1)
        runs.now += 0.2
    assert guard.changed(FILES, runs.now)
    assert not guard.changed(FILES, runs.now + 5)


async def test_a_loop_that_feeds_itself_pauses(tmp_path: Path, connect: Connect) -> None:
    (tmp_path / "out.txt").write_text("")
    program = WRITES.format(call='call_activity("note", note, {"text": "x"})')
    async with looping(tmp_path, connect, program) as hands:
        storm = await hands.until(StormPaused)
        assert (storm.files, storm.ignore) == (("out.txt",), ("/out.txt",))
        # On a slow machine, runs that differ much in their pace may come before.
        assert len(hands.screen.all(RunStarted)) > RERUNS
        await hands.until(WatchReady, paused=True)
        (tmp_path / ".stigmerignore").write_text("/out.txt\n")
        hands.loop.press("p")
        await hands.until(WatchResumed)
        await hands.until(RunFinished)
        await hands.until(WatchReady)
        hands.loop.press("r")
        await hands.until(RunFinished)
        await hands.until(WatchReady)
        assert "out.txt" not in hands.screen.all(ChangeSeen)[-1].modified


async def test_a_program_that_writes_what_is_watched_pauses(tmp_path: Path, connect: Connect) -> None:
    program = says("x") + 'import time\nopen("stamp.txt", "w").write(str(time.time_ns()))\n'
    async with looping(tmp_path, connect, program) as hands:
        assert (await hands.until(StormPaused)).files == ("stamp.txt",)
        begun = len(hands.screen.all(RunStarted))
        hands.loop.press("r")
        assert (await hands.until(RunStarted)).run == begun + 1
        await hands.until(RunFinished)
        await hands.until(WatchReady, paused=True)


class Both:
    """The guards of two targets, of which only the first one runs."""

    def __init__(self) -> None:
        self.guards = FeedbackGuards()
        self.first, self.second = FeedbackGuard(), FeedbackGuard()
        for each in (self.first, self.second):
            self.guards.add(each)


def test_the_runs_of_one_target_are_enough_for_a_storm() -> None:
    both, now, stormy = Both(), 0.0, []
    both.guards.began(both.second, now)
    both.second.ended(now)
    for _ in range(RERUNS + 1):
        now += 10
        both.guards.began(both.first, now)
        both.first.can_write()
        now += 0.5
        stormy.append(both.guards.changed(FILES, now))
        both.first.ended(now)
    assert stormy == [*[False] * RERUNS, True]


def test_a_run_of_any_target_is_what_a_change_led_to() -> None:
    both = Both()
    for _ in range(MOST_NO_OPS):
        both.guards.no_op(FILES, 0.0)
    assert both.guards.changed(FILES, 0.1)
    both.guards.began(both.first, 0.2)
    assert not both.guards.changed(FILES, 0.3)
