"""What the loop makes of a list of changes."""

from __future__ import annotations

import errno
from pathlib import Path

import anyio
import grpc
import pytest

from devloop.loop.events import (
    Cause,
    ChangeSeen,
    EditBroken,
    NotAffected,
    RunStarted,
    RunSuperseded,
    TargetMissing,
    WatchEnding,
    WatchFinished,
    WatchReady,
)
from devloop.loop.leases import open_lease
from devloop.loop.loop import PATIENCE_SECONDS
from runcmd.errors import EXIT_TIMEOUT
from runcmd.events import Event, ExecutionCreated, ProjectFound, RunFinished
from runcmd.project import OnChange
from tests.devloop.loop.edits import Gate, editing, ends, goes_on
from tests.support.weak_server import WEX, WeakServer


async def test_an_edit_supersedes_the_run(server: WeakServer) -> None:
    goes_on(server)
    async with editing(server) as loop:
        await loop.until(ExecutionCreated)
        loop.edit(main="two")
        assert (await loop.until(RunSuperseded)).by == 2
        started = await loop.until(RunStarted)
        assert (started.gen, started.run, started.changed) == (2, 2, ("main",))


async def test_what_came_while_the_old_run_gave_way_is_what_runs(server: WeakServer) -> None:
    """The second look: generation 2 is outdated when the place is free."""
    goes_on(server)
    cancel = Gate(server, "cancel")
    async with editing(server) as loop:
        await loop.until(ExecutionCreated)
        loop.edit(main="two")
        await loop.until(RunSuperseded)
        await cancel.arrived.wait()
        loop.edit(main="three")
        await loop.until(ChangeSeen, gen=3)
        cancel.open()
        started = await loop.until(RunStarted)
        assert (started.gen, started.run, started.changed) == (3, 2, ("main",))
        await loop.until(ExecutionCreated)
    assert len(server.created) == 2


async def test_an_edit_that_is_undone_while_the_run_gives_way_runs_again(server: WeakServer) -> None:
    """Nothing of the superseded run is left that the old text could be compared with."""
    goes_on(server)
    cancel = Gate(server, "cancel")
    async with editing(server) as loop:
        await loop.until(ExecutionCreated)
        loop.edit(main="two")
        await cancel.arrived.wait()
        loop.edit(main="one")
        await loop.until(ChangeSeen, gen=3)
        cancel.open()
        assert (await loop.until(RunStarted)).gen == 3
    assert not loop.screen.all(NotAffected)


async def test_what_came_while_it_was_deployed_is_what_runs(server: WeakServer) -> None:
    goes_on(server)
    async with editing(server) as loop:
        await loop.until(ExecutionCreated)
        apply = Gate(server, "workflow.apply")
        loop.edit(main="two")
        await apply.arrived.wait()
        loop.edit(main="three")
        await loop.until(ChangeSeen, gen=3)
        assert not loop.screen.all(RunSuperseded), "the old run goes on as long as nothing takes its place"
        apply.open()
        assert (await loop.until(RunSuperseded)).by == 3
        assert (await loop.until(RunStarted)).gen == 3


async def test_versions_are_deployed_one_after_the_other_and_the_header_names_all_that_changed(
    server: WeakServer,
) -> None:
    goes_on(server)
    async with editing(server) as loop:
        await loop.until(ExecutionCreated)
        server.calls.clear()
        apply = Gate(server, "workflow.apply")
        loop.edit(main="two")
        await apply.arrived.wait()
        loop.edit(other="two")
        await loop.until(ChangeSeen, gen=3)
        await anyio.wait_all_tasks_blocked()
        assert [call for call in server.calls if "apply:" in call] == ["workflow.apply:main"]
        apply.open()
        assert (await loop.until(RunStarted)).changed == ("main", "other")


async def test_a_deployment_that_takes_longer_than_the_timeout_ends_its_run(server: WeakServer) -> None:
    goes_on(server)
    apply = Gate(server, "workflow.apply")
    async with editing(server, timeout=0.05) as loop:
        await apply.arrived.wait()
        await anyio.sleep(0.1)  # sleeps: the time that the run has is over
        apply.open()
        assert (await loop.until(RunFinished)).exit_code == EXIT_TIMEOUT
        await loop.until(WatchReady)
    assert server.cancelled or not server.created


async def test_a_run_that_gave_way_is_not_counted(server: WeakServer) -> None:
    goes_on(server)
    async with editing(server, runs=1) as loop:
        await loop.until(ExecutionCreated)
        loop.edit(main="two")
        assert (await loop.until(RunStarted)).run == 2
        await loop.until(ExecutionCreated)
        loop.press("c")
        assert (await loop.until(WatchEnding)).reason == "that was the last run"


async def test_what_makes_no_difference_is_deployed_and_not_run(server: WeakServer) -> None:
    goes_on(server)
    async with editing(server) as loop:
        await loop.until(ExecutionCreated)
        loop.edit(other="two")
        same = await loop.until(NotAffected)
        assert (same.applied, same.total, same.changed) == (1, 2, ("other",))
        loop.edit(remark="three")
        loop.edit(main="two")
        assert (await loop.until(RunStarted)).run == 2


async def test_a_broken_edit_leaves_the_run_alone(server: WeakServer) -> None:
    goes_on(server)
    async with editing(server) as loop:
        await loop.until(ExecutionCreated)
        loop.edit(main="broken")
        assert (await loop.until(EditBroken)).running
        assert server.cancelled == []
        loop.edit(main="one")
        await loop.until(NotAffected)


async def test_what_the_backend_refuses_leaves_the_run_alone(server: WeakServer) -> None:
    goes_on(server)
    async with editing(server) as loop:
        await loop.until(ExecutionCreated)
        server.refuse["workflow.apply"] = (grpc.StatusCode.INVALID_ARGUMENT, "too long")
        loop.edit(main="two")
        assert "too long" in (await loop.until(EditBroken)).error
        assert server.cancelled == []
        server.refuse.clear()
        loop.edit(main="three")
        assert (await loop.until(RunStarted)).run == 2


async def test_a_run_that_cannot_be_written_down_is_cancelled_and_said_to_be_broken(
    server: WeakServer, tmp_path: Path
) -> None:
    """After a crash nobody would find its execution: the disk is full when the lease is written."""
    goes_on(server)
    with open_lease(tmp_path) as lease:

        def full(execution: str) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        add, lease.add = lease.add, full  # type: ignore[method-assign]
        async with editing(server, lease=lease) as loop:
            broken = await loop.until(EditBroken)
            assert (broken.error, broken.running) == ("no space is left", False)
            assert server.cancelled == [WEX]
            lease.add = add  # type: ignore[method-assign]
            loop.edit(remark="two")
            assert (await loop.until(RunStarted)).run == 2
    assert len(loop.screen.all(ProjectFound)) == 2


async def test_what_the_system_lacks_while_a_version_is_prepared_does_not_end_the_loop(
    server: WeakServer, tmp_path: Path
) -> None:
    goes_on(server)
    with open_lease(tmp_path) as lease:

        def full(target: str) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        lease.connected = full  # type: ignore[method-assign]
        async with editing(server, lease=lease) as loop:
            await loop.until(ExecutionCreated)
            loop.edit(main="no room")
            broken = await loop.until(EditBroken)
            assert (broken.error, broken.running) == ("no space is left", True)
            loop.edit(main="two")
            assert (await loop.until(RunStarted)).run == 2


async def test_a_queue_waits_for_the_run_and_takes_the_newest(server: WeakServer) -> None:
    goes_on(server)
    async with editing(server, on_change=OnChange.QUEUE) as loop:
        await loop.until(ExecutionCreated)
        loop.edit(main="two")
        await loop.until(ChangeSeen)
        loop.edit(main="three")
        await loop.until(ChangeSeen)
        loop.press("c")
        assert (await loop.until(RunFinished)).exit_code == 130
        assert (await loop.until(RunStarted)).gen == 3
        assert not loop.screen.all(RunSuperseded)


@pytest.mark.parametrize("key", "rcphe")
async def test_a_key_that_comes_before_the_first_scan_is_over_does_nothing(
    server: WeakServer, key: str
) -> None:
    ends(server)
    async with editing(server) as loop:
        loop.press(key)
        assert (await loop.until(RunStarted)).cause is Cause.START
        await loop.until(WatchReady, paused=False)


async def test_q_ends_it_even_then(server: WeakServer) -> None:
    async with editing(server) as loop:
        loop.press("q")
        assert (await loop.until(WatchFinished)).runs == 0


@pytest.mark.parametrize("key", "rcq")
async def test_a_key_that_comes_just_as_a_run_ends(server: WeakServer, key: str) -> None:
    """Its end is known, and its task not over yet."""
    ends(server)
    async with editing(server) as loop:
        show = loop.screen.show

        def show_and_press(generation: int, event: Event, target: str = "") -> None:
            show(generation, event, target)
            if isinstance(event, RunFinished) and generation == 1:
                loop.press(key)

        loop.screen.show = show_and_press  # type: ignore[method-assign]
        if key == "q":
            assert (await loop.until(WatchFinished)).runs == 1
        else:
            await loop.until(WatchReady)
            loop.edit(main="two")
            assert (await loop.until(RunStarted, changed=("main",))).gen == (3 if key == "r" else 2)


async def test_q_does_not_wait_for_the_deployment_of_an_outdated_version(server: WeakServer) -> None:
    goes_on(server)
    async with editing(server) as loop:
        await loop.until(ExecutionCreated)
        apply = Gate(server, "workflow.apply")
        loop.edit(main="two")
        await apply.arrived.wait()
        loop.edit(main="three")
        await loop.until(ChangeSeen, gen=3)
        loop.press("q")
        with anyio.fail_after(PATIENCE_SECONDS / 2):
            await loop.until(WatchFinished)
        apply.open()


async def test_r_runs_once_more_whatever_is_on_disk(server: WeakServer) -> None:
    ends(server)
    async with editing(server) as loop:
        await loop.until(WatchReady)
        loop.press("r")
        assert (await loop.until(RunStarted)).cause is Cause.REQUEST


async def test_a_pause_holds_changes_back(server: WeakServer) -> None:
    ends(server)
    async with editing(server) as loop:
        await loop.until(WatchReady)
        loop.press("p")
        loop.edit(main="two")
        assert (await loop.until(ChangeSeen)).held
        loop.edit(main="three")
        assert (await loop.until(ChangeSeen)).held
        loop.press("p")
        assert (await loop.until(RunStarted)).changed == ("main",)
        await loop.until(RunFinished)
    assert [each.run for each in loop.screen.all(RunStarted)] == [1, 2]


@pytest.mark.parametrize("texts", [["two", "one"], ["two", "three", "two"], ["broken", "two"]])
async def test_whatever_the_edits_the_last_text_is_the_one_that_runs(
    server: WeakServer, texts: list[str]
) -> None:
    goes_on(server)
    async with editing(server) as loop:
        await loop.until(ExecutionCreated)
        for text in texts:
            loop.edit(main=text)
            await loop.until(ChangeSeen)
        loop.edit(main="last")
        gen = (await loop.until(ChangeSeen)).gen
        await loop.until(RunStarted, gen=gen)
        await loop.until(ExecutionCreated)
    assert server.resources["workflow", "main"].spec.description == "last"
    assert not loop.screen.all(TargetMissing)
