"""With `--on-change keep` the old run goes on beside the new one, as far as there is room."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio

from devloop.loop.events import HistoryShown, NotAffected, RunStarted, RunSuperseded, WatchReady
from devloop.loop.leases import open_lease
from devloop.loop.run_slot import MOST_KEPT
from runcmd.errors import EXIT_OK
from runcmd.events import ExecutionCreated, Outcome, PhaseChanged, RunFinished, TaskStarted
from runcmd.follow.pace import Pace
from runcmd.pipeline import Connect
from runcmd.project import OnChange
from tests.devloop.loop.edits import editing
from tests.devloop.loop.looping import Looping, looping
from tests.devloop.loop.programs import says, waiting
from tests.support.weak_server import COMPLETED, IN_PROGRESS, WeakServer, workflow_execution


@asynccontextmanager
async def keeping(directory: Path, connect: Connect, **how: Any) -> AsyncIterator[Looping]:
    """The workflow `slow` waits, in one run beside the other."""
    program = waiting(slow="1")
    async with looping(directory, connect, program, on_change=OnChange.KEEP, **how) as hands:
        await hands.find(TaskStarted, task="pause")
        yield hands


async def edit(hands: Looping, text: str) -> None:
    hands.edit(waiting(slow=text))
    await hands.find(TaskStarted, int(text), task="pause")


def created(hands: Looping) -> list[str]:
    return [each.execution for each in hands.screen.all(ExecutionCreated)]


async def test_the_old_run_goes_on_beside_the_new_one(tmp_path: Path, connect: Connect) -> None:
    project = tmp_path / "project"
    project.mkdir()
    with open_lease(tmp_path / "loops") as lease:
        async with keeping(project, connect, lease=lease) as hands:
            await edit(hands, "2")
            assert [each.mark for each in hands.screen.all(RunStarted)] == ["run 1", "run 2"]
            assert sorted(await hands.live()) == sorted(created(hands)) == sorted(lease.executions)
            hands.loop.press("h")
            assert [each.outcome for each in (await hands.until(HistoryShown)).runs] == [None, None]
        assert await hands.live() == [], "the end of the loop is the end of all"
        assert lease.executions == ()
    assert not hands.screen.all(RunSuperseded)


async def test_beyond_so_many_the_oldest_gives_way_with_a_word(tmp_path: Path, connect: Connect) -> None:
    async with keeping(tmp_path, connect) as hands:
        for number in range(2, MOST_KEPT + 2):
            await edit(hands, str(number))
        (gave_way,) = hands.screen.all(RunSuperseded)
        assert (gave_way.gen, gave_way.kept) == (1, MOST_KEPT)
        assert sorted(await hands.live()) == sorted(created(hands)[1:])


async def test_c_cancels_all(tmp_path: Path, connect: Connect) -> None:
    async with keeping(tmp_path, connect) as hands:
        await edit(hands, "2")
        hands.loop.press("c")
        await hands.find(RunFinished, 2, outcome=Outcome.CANCELLED)
        await hands.until(WatchReady)
        assert await hands.live() == []


async def test_the_end_of_an_old_run_changes_nothing_for_the_new_one(
    tmp_path: Path, connect: Connect
) -> None:
    """What runs last is what the next version is compared with."""
    async with looping(tmp_path, connect, says("one", "slow"), on_change=OnChange.KEEP) as hands:
        await hands.until(RunFinished)
        hands.edit(waiting(slow="2"))
        await hands.until(TaskStarted, task="pause")
        hands.edit(waiting(slow="2") + says("one", "other"), "other.py")
        hands.edit("# a remark\n" + waiting(slow="2"))
        await hands.until(NotAffected)
        assert len(hands.screen.all(RunStarted)) == 2


async def test_the_success_of_the_newest_is_enough(tmp_path: Path, connect: Connect) -> None:
    async with keeping(tmp_path, connect, until_success=True) as hands:
        hands.edit(says("2", "slow"))
        assert await hands.end() == EXIT_OK
        assert await hands.live() == []


async def test_several_targets_are_kept_each_by_itself(tmp_path: Path, connect: Connect) -> None:
    program = waiting(a="1", b="1")
    async with looping(tmp_path, connect, program, every=True, on_change=OnChange.KEEP) as hands:
        await hands.find(TaskStarted, 2, task="pause")
        hands.edit(waiting(a="2", b="1"))
        await hands.find(TaskStarted, 3, task="pause")
        assert {each.mark.split(" ")[0] for each in hands.screen.all(RunStarted)[:2]} == {"a", "b"}
        assert hands.screen.all(RunStarted)[2].mark == "a run 3"
        assert sorted(await hands.live()) == sorted(created(hands))


async def test_an_old_run_that_fails_is_not_what_the_loop_came_to(tmp_path: Path, connect: Connect) -> None:
    failing = says("one", "slow") + 'flow.wait("pause", 1)\nflow.raise_("stop", "out of coffee")\n'
    async with looping(tmp_path, connect, failing, on_change=OnChange.KEEP, runs=2) as hands:
        await hands.until(TaskStarted, task="pause")
        hands.edit(says("two", "slow"))
        assert await hands.end() == EXIT_OK


async def test_an_old_run_that_loses_the_backend_leaves_what_came_after_it_alone(server: WeakServer) -> None:
    loses = anyio.Event()

    async def subscribe(attempt: int) -> AsyncIterator[Any]:
        if attempt == 1:
            yield workflow_execution(IN_PROGRESS)
            await loses.wait()
        elif attempt == 2:
            yield workflow_execution(COMPLETED)
            return
        raise ConnectionError("it is gone")

    server.on_subscribe = subscribe
    hasty = Pace(first_delay_seconds=0.01, longest_delay_seconds=0.02, attempts=3)
    async with editing(server, on_change=OnChange.KEEP, pace=hasty) as loop:
        await loop.until(PhaseChanged)
        loop.edit(main="two")
        await loop.until(RunFinished, outcome=Outcome.SUCCEEDED)
        loses.set()
        await loop.until(RunFinished, outcome=Outcome.ERROR)
        await loop.until(WatchReady)
        loop.edit(other="two")
        await loop.until(NotAffected)
    assert len(loop.screen.all(RunStarted)) == 2
