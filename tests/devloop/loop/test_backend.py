"""The backend goes away and comes back; a loop that was killed has left something behind."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from devloop.loop.events import BackendBack, BackendLost, LeftoverCancelled, RunStarted, WatchReady
from devloop.loop.leases import leftovers, open_lease
from runcmd.events import CancelOutcome, ExecutionCreated, RunFinished, TaskStarted
from runcmd.pipeline import Connect
from tests.devloop.loop.looping import looping
from tests.devloop.loop.programs import says, waits
from tests.devloop.loop.switched import SwitchedBackend, open_switched
from tests.support.poll import until


@pytest.fixture
async def backend(short_dir: Path) -> AsyncIterator[SwitchedBackend]:
    async with open_switched(short_dir) as backend:
        yield backend


async def test_it_waits_for_the_backend_and_says_so_once(tmp_path: Path, backend: SwitchedBackend) -> None:
    async with looping(tmp_path, backend.connect, says("one")) as hands:
        await hands.until(WatchReady)
        await backend.off()
        hands.edit(says("two"))
        assert (await hands.until(BackendLost)).hint == "switch it on"
        hands.edit(says("three"))
        before = backend.refused
        await until(lambda: backend.refused > before + 1, "it tries again, silently")
        await backend.on()
        await hands.until(BackendBack)
        assert (await hands.until(RunStarted)).run == 2
        assert '"three"' in (await hands.until(RunFinished)).answer
    assert len(hands.screen.all(BackendLost)) == len(hands.screen.all(BackendBack)) == 1


async def test_a_start_without_a_backend_waits_for_it(tmp_path: Path, backend: SwitchedBackend) -> None:
    await backend.off()
    async with looping(tmp_path, backend.connect, says("one")) as hands:
        await hands.until(BackendLost)
        await backend.on()
        assert '"one"' in (await hands.until(RunFinished)).answer


async def test_it_can_be_left_while_the_backend_is_gone(tmp_path: Path, backend: SwitchedBackend) -> None:
    await backend.off()
    async with looping(tmp_path, backend.connect, says("one")) as hands:
        await hands.until(BackendLost)
        hands.loop.press("q")
        assert await hands.end() == 0


async def test_what_a_dead_loop_left_is_cancelled_before_the_first_run(
    tmp_path: Path, connect: Connect
) -> None:
    leases = tmp_path / "loops"
    (tmp_path / "project").mkdir()
    async with looping(tmp_path / "project", connect, waits("one"), leases=leases) as hands:
        left = (await hands.until(ExecutionCreated)).execution
        await hands.until(TaskStarted, task="pause")
        # As a killed loop leaves it: a file without a lock. This loop's own is locked, and is left alone.
        (own,) = leases.iterdir()
        (leases / "loop-dead.json").write_text(own.read_text().replace(own.stem, "loop-dead"))
        (tmp_path / "other").mkdir()
        async with looping(tmp_path / "other", connect, waits("two"), leases=leases) as others:
            cancelled = await others.until(LeftoverCancelled)
            assert (cancelled.execution, cancelled.outcome) == (left, CancelOutcome.CONFIRMED)
            await others.until(RunStarted)
            created = await others.until(ExecutionCreated)
            assert await others.live() == [created.execution]
            assert not (leases / "loop-dead.json").exists()
    assert list(leases.iterdir()) == []


async def test_an_execution_bears_its_owner(tmp_path: Path, connect: Connect) -> None:
    leases = tmp_path / "loops"
    (tmp_path / "project").mkdir()
    async with looping(tmp_path / "project", connect, waits("one"), leases=leases) as hands:
        await hands.until(TaskStarted, task="pause")
        (own,) = leases.iterdir()
        # Killed between the backend's yes and our note of it: only the owner's name tells.
        (leases / "loop-dead.json").write_text(
            own.read_text().replace(hands.screen.all(ExecutionCreated)[0].execution, "wex-unknown")
        )
        (tmp_path / "other").mkdir()
        async with looping(tmp_path / "other", connect, says("two"), leases=leases) as others:
            cancelled = await others.until(LeftoverCancelled)
            assert cancelled.execution == hands.screen.all(ExecutionCreated)[0].execution


def test_a_lease_is_held_while_its_loop_lives(tmp_path: Path) -> None:
    with open_lease(tmp_path) as lease:
        lease.connected("unix:/s")
        lease.add("wex-1")
        lease.add("wex-2")
        lease.drop("wex-1")
        with leftovers(tmp_path) as found:
            assert found == ()
    with leftovers(tmp_path) as found:
        assert [(each.owner, each.target, each.executions) for each in found] == [
            (lease.owner, "unix:/s", ("wex-2",))
        ]


def test_a_lease_without_executions_leaves_nothing(tmp_path: Path) -> None:
    with open_lease(tmp_path) as lease:
        lease.add("wex-1")
        lease.drop("wex-1")
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_lease_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "loop-x.json").write_text("{")
    with leftovers(tmp_path) as found:
        assert found == ()
