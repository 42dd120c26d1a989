"""A run loses its backend for good: said once, what it left is cancelled, and it runs once more."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
from anyio import to_thread

from devloop.loop.events import (
    BackendBack,
    BackendLost,
    Cause,
    EditBroken,
    LeftoverCancelled,
    NotAffected,
    RunStarted,
    WatchReady,
)
from runcmd.backend.address import Address
from runcmd.errors import EXIT_BACKEND, BackendError
from runcmd.events import CancelOutcome, ExecutionCreated, Outcome, RunFinished, TaskStarted
from runcmd.follow.pace import Pace
from stigmerd.daemon.client import DaemonPlace, RunningDaemon, start, stop
from tests.devloop.loop.looping import Looping, looping
from tests.devloop.loop.programs import says, waiting, waits

PATIENT = Pace(first_delay_seconds=0.5, longest_delay_seconds=0.5, attempts=6)
HASTY = Pace(first_delay_seconds=0.01, longest_delay_seconds=0.02, attempts=3)


class Daemon:
    """A real one, which stays away once it was killed until it is let back."""

    def __init__(self, place: DaemonPlace) -> None:
        self._place = place
        self._running: RunningDaemon | None = None

    async def back(self) -> None:
        self._running = await to_thread.run_sync(partial(start, self._place, timeout=30))

    def kill(self) -> None:
        assert self._running is not None, "it was killed already"
        os.kill(self._running.pid, signal.SIGKILL)
        self._running = None

    async def connect(self) -> Address:
        if self._running is None:
            raise BackendError("it is away", code="E0501", hint="let it back")
        return Address(target=self._running.address)


@pytest.fixture
async def daemon(short_dir: Path) -> AsyncIterator[Daemon]:
    place = DaemonPlace(short_dir / "data")
    daemon = Daemon(place)
    await daemon.back()
    yield daemon
    await to_thread.run_sync(stop, place)


async def lose_sight(hands: Looping, daemon: Daemon) -> str:
    """The execution that its run will never see again."""
    left = (await hands.until(ExecutionCreated)).execution
    await hands.until(TaskStarted, task="pause")
    daemon.kill()
    lost = await hands.until(RunFinished)
    assert (lost.outcome, lost.exit_code, lost.execution) == (Outcome.ERROR, EXIT_BACKEND, left)
    return left


async def test_it_says_so_once_cancels_what_was_left_and_runs_once_more(
    project: Path, tmp_path: Path, daemon: Daemon
) -> None:
    async with looping(project, daemon.connect, waits("one"), leases=tmp_path / "loops", pace=HASTY) as hands:
        left = await lose_sight(hands, daemon)
        assert (await hands.until(BackendLost)).hint == "let it back"
        await daemon.back()
        cancelled = await hands.until(LeftoverCancelled)
        assert (cancelled.execution, cancelled.outcome) == (left, CancelOutcome.CONFIRMED)
        await hands.until(BackendBack)
        again = await hands.until(RunStarted)
        assert (again.run, again.cause, again.changed) == (2, Cause.BACKEND, ())
        created = await hands.until(ExecutionCreated)
        await hands.until(TaskStarted, task="pause")
        assert await hands.live() == [created.execution]
        hands.edit(says("done", "slow"))  # had it begun a third run, that would come before this one
        assert (await hands.until(RunStarted)).run == 3
        assert (await hands.until(RunFinished, outcome=Outcome.SUCCEEDED)).exit_code == 0
        await hands.until(WatchReady)
        assert await hands.live() == []
    assert len(hands.screen.all(BackendLost)) == len(hands.screen.all(BackendBack)) == 1
    assert len(hands.screen.all(LeftoverCancelled)) == 1


async def test_an_edit_meanwhile_is_the_one_that_runs(project: Path, tmp_path: Path, daemon: Daemon) -> None:
    async with looping(project, daemon.connect, waits("one"), leases=tmp_path / "loops", pace=HASTY) as hands:
        left = await lose_sight(hands, daemon)
        await hands.until(BackendLost)
        hands.edit(waits("two"))
        await daemon.back()
        assert (await hands.until(LeftoverCancelled)).execution == left
        assert (await hands.until(RunStarted)).changed == ("main.py",)
        created = await hands.until(ExecutionCreated)
        await hands.until(TaskStarted, task="pause")
        assert await hands.live() == [created.execution]
    assert len(hands.screen.all(RunStarted)) == 2


async def test_it_runs_once_more_although_an_edit_that_does_not_matter_is_deployed(
    project: Path, tmp_path: Path, daemon: Daemon
) -> None:
    program = waits("one")
    async with looping(
        project, daemon.connect, program, selector="slow", leases=tmp_path / "loops", pace=PATIENT
    ) as hands:
        await hands.until(TaskStarted, task="pause")
        daemon.kill()
        hands.edit(program + says("two", "other"))
        await hands.until(BackendLost)  # while it is deployed; the run still hopes
        if not hands.screen.all(RunFinished):
            await hands.until(RunFinished)
        await daemon.back()
        assert (await hands.until(RunStarted)).run == 2
        created = await hands.until(ExecutionCreated)
        await hands.until(TaskStarted, task="pause")
        assert await hands.live() == [created.execution]
    assert not hands.screen.all(NotAffected)


async def test_a_mistake_meanwhile_is_said_and_the_next_edit_runs(
    project: Path, tmp_path: Path, daemon: Daemon
) -> None:
    async with looping(project, daemon.connect, waits("one"), leases=tmp_path / "loops", pace=HASTY) as hands:
        await lose_sight(hands, daemon)
        await hands.until(BackendLost)
        hands.edit("half a progr")
        await hands.until(EditBroken)
        await daemon.back()
        await hands.until(WatchReady)
        hands.edit(waits("one"))
        assert (await hands.until(RunStarted)).run == 2
        created = await hands.until(ExecutionCreated)
        await hands.until(TaskStarted, task="pause")
        assert await hands.live() == [created.execution]


async def test_of_several_targets_those_run_once_more_that_lost_it(
    project: Path, tmp_path: Path, daemon: Daemon
) -> None:
    program = waiting(one="1", two="1") + says("done", "three")
    async with looping(
        project, daemon.connect, program, every=True, leases=tmp_path / "loops", pace=HASTY
    ) as hands:
        await hands.find(TaskStarted, 2, task="pause")
        await hands.find(RunFinished, outcome=Outcome.SUCCEEDED)
        left = {each.execution for each in hands.screen.all(ExecutionCreated) if each.name != "three"}
        daemon.kill()
        await hands.find(RunFinished, 2, outcome=Outcome.ERROR)
        await daemon.back()
        await hands.find(TaskStarted, 4, task="pause")
        again = hands.screen.all(RunStarted)[3:]
        assert {(each.target, each.cause) for each in again} == {
            ("one", Cause.BACKEND),
            ("two", Cause.BACKEND),
        }
        assert {each.execution for each in hands.screen.all(LeftoverCancelled)} == left
        assert len(await hands.live()) == 2
    assert len(hands.screen.all(BackendLost)) == len(hands.screen.all(BackendBack)) <= 1
    assert not hands.screen.all(NotAffected)
