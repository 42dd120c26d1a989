"""The backend goes away and comes back; a loop that was killed has left something behind."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import pytest
from anyio.abc import TaskGroup, TaskStatus

from devloop.loop.events import BackendBack, BackendLost, LeftoverCancelled, RunStarted, WatchReady
from devloop.loop.leases import leftovers, open_lease
from runcmd.backend.address import Address
from runcmd.errors import BackendError
from runcmd.events import CancelOutcome, ExecutionCreated, RunFinished, TaskStarted
from runcmd.pipeline import Connect
from stigmerd.server import ServerSettings, open_server
from tests.devloop.loop.looping import looping
from tests.devloop.loop.programs import says, waits
from tests.support.poll import until


class Backend:
    """One that can be switched off and on, with its data kept."""

    def __init__(self, directory: Path, tasks: TaskGroup) -> None:
        self._settings = ServerSettings(
            data_dir=directory / "data", addresses=(f"unix:{directory / 'sock'}",)
        )
        self._tasks = tasks
        self._switched_off = anyio.Event()
        self._gone = anyio.Event()
        self.refused = 0  # attempts to reach it while it was off

    async def on(self) -> None:
        self._switched_off, self._gone = anyio.Event(), anyio.Event()
        await self._tasks.start(self._serve)

    async def off(self) -> None:
        self._switched_off.set()
        await self._gone.wait()

    async def connect(self) -> Address:
        if self._switched_off.is_set():
            self.refused += 1
            raise BackendError("it is switched off", hint="switch it on")
        return Address(target=self._settings.addresses[0])

    async def _serve(self, *, task_status: TaskStatus[None]) -> None:
        async with open_server(self._settings):
            task_status.started()
            await self._switched_off.wait()
        self._gone.set()


@pytest.fixture
async def backend(short_dir: Path) -> AsyncIterator[Backend]:
    async with anyio.create_task_group() as tasks:
        backend = Backend(short_dir, tasks)
        await backend.on()
        yield backend
        await backend.off()


async def test_it_waits_for_the_backend_and_says_so_once(tmp_path: Path, backend: Backend) -> None:
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


async def test_a_start_without_a_backend_waits_for_it(tmp_path: Path, backend: Backend) -> None:
    await backend.off()
    async with looping(tmp_path, backend.connect, says("one")) as hands:
        await hands.until(BackendLost)
        await backend.on()
        assert '"one"' in (await hands.until(RunFinished)).answer


async def test_it_can_be_left_while_the_backend_is_gone(tmp_path: Path, backend: Backend) -> None:
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
