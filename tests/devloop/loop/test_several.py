"""Several targets in one loop: one deployment for all, and each runs again only when it is affected."""

from __future__ import annotations

from pathlib import Path

import grpc

from devloop.loop.events import (
    Cause,
    ChangesCollected,
    EditBroken,
    HistoryShown,
    KeyAnswered,
    NotAffected,
    RunStarted,
    RunSuperseded,
    TargetMissing,
    WatchFinished,
    WatchReady,
)
from devloop.loop.leases import open_lease
from runcmd.errors import EXIT_FAILED, EXIT_OK
from runcmd.events import (
    ApplyFinished,
    Emit,
    ExecutionCreated,
    Outcome,
    ProjectFound,
    RunFinished,
    TargetKind,
    TaskStarted,
)
from runcmd.pipeline import Connect
from runcmd.project import OnChange, Project
from runcmd.synthesis.discover import discover
from runcmd.synthesis.manifest import Manifest
from tests.devloop.loop.edits import editing, goes_on
from tests.devloop.loop.looping import Looping, looping, outcomes
from tests.devloop.loop.programs import saying, says, waiting
from tests.support.weak_server import WeakServer

AGENT = """
from stigmer import Agent, Scripted

Agent("twin", "Greet whoever greets you.", model=Scripted("script.yaml"))
"""


async def both_wait(hands: Looping, rounds: int = 1) -> None:
    await hands.find(TaskStarted, 2 * rounds, task="pause")


def execution_of(hands: Looping, target: str, at: int = -1) -> str:
    created = [each for each in hands.screen.of(target) if isinstance(each, ExecutionCreated)]
    return created[at].execution


async def test_each_runs_and_the_project_is_deployed_once(tmp_path: Path, connect: Connect) -> None:
    syntheses = []

    async def counted(project: Project, emit: Emit) -> Manifest:
        syntheses.append(project)
        return await discover(project, emit)

    program = waiting(a="one", b="one")
    async with looping(tmp_path, connect, program, selector="a", others=("b",), discover=counted) as hands:
        await both_wait(hands)
        started = hands.screen.all(RunStarted)
        assert [(each.gen, each.run) for each in started] == [(1, 1), (1, 2)]
        assert {each.target for each in started} == {each.mark for each in started} == {"a", "b"}
        assert [(each.applied, each.total) for each in started] == [(2, 2), (2, 2)]
        assert len(hands.screen.all(ApplyFinished)) == len(hands.screen.all(ProjectFound)) == 1
        assert sorted(await hands.live()) == sorted([execution_of(hands, "a"), execution_of(hands, "b")])
    assert len(syntheses) == 1
    assert await hands.live() == [], "the end of the loop is the end of both"


async def test_an_edit_of_one_leaves_the_other_alone(tmp_path: Path, connect: Connect) -> None:
    program = waiting(a="one", b="one")
    async with looping(tmp_path, connect, program, selector="a", others=("b",)) as hands:
        await both_wait(hands)
        hands.edit(waiting(a="two", b="one"))
        again = await hands.find(RunStarted, run=3)
        assert (again.target, again.gen, again.changed, again.applied) == ("a", 2, ("main.py",), 1)
        assert [each.target for each in hands.screen.all(RunSuperseded)] == ["a"]
        alone = hands.screen.all(NotAffected)
        assert [(each.gen, each.name, each.others) for each in alone] == [(2, "b", ())]
        await hands.find(TaskStarted, 3, task="pause")
        assert sorted(await hands.live()) == sorted([execution_of(hands, "a"), execution_of(hands, "b", 0)])


async def test_an_edit_of_both_runs_both_again(tmp_path: Path, connect: Connect) -> None:
    program = waiting(a="one", b="one")
    async with looping(tmp_path, connect, program, selector="a", others=("b",)) as hands:
        await both_wait(hands)
        hands.edit(waiting(a="two", b="two"))
        await both_wait(hands, rounds=2)
        assert {each.target for each in hands.screen.all(RunSuperseded)} == {"a", "b"}
        assert len(hands.screen.all(ApplyFinished)) == 2
        assert sorted(await hands.live()) == sorted([execution_of(hands, "a"), execution_of(hands, "b")])
    assert outcomes(hands.screen) == ["cancelled"] * 4


async def test_what_affects_none_is_said_once_for_all(tmp_path: Path, connect: Connect) -> None:
    program = saying(a="one", b="one", other="one")
    async with looping(tmp_path, connect, program, selector="a", others=("b",)) as hands:
        await hands.until(WatchReady)
        hands.edit(saying(a="one", b="one", other="two"))
        alone = await hands.until(NotAffected)
        assert (alone.name, alone.others, alone.applied) == ("a", ("b",), 1)
        await hands.until(WatchReady)
    assert len(hands.screen.all(NotAffected)) == 1


async def test_keys_are_for_all_of_them(tmp_path: Path, connect: Connect) -> None:
    program = waiting(a="one", b="one")
    async with looping(tmp_path, connect, program, selector="a", others=("b",), keys=lambda: True) as hands:
        await both_wait(hands)
        hands.loop.press("h")
        shown = await hands.find(HistoryShown)
        assert {(each.target, each.outcome) for each in shown.runs} == {("a", None), ("b", None)}
        hands.loop.press("c")
        await hands.find(RunFinished, 2, outcome=Outcome.CANCELLED)
        await hands.until(WatchReady)
        assert await hands.live() == []
        hands.loop.press("c")
        assert (await hands.until(KeyAnswered)).text == "nothing is running"
        hands.loop.press("r")
        await both_wait(hands, rounds=2)
        again = hands.screen.all(RunStarted)[2:]
        assert {(each.target, each.cause) for each in again} == {("a", Cause.REQUEST), ("b", Cause.REQUEST)}
        hands.loop.press("q")
        assert await hands.end() == EXIT_OK


async def test_the_lease_covers_all_that_run(tmp_path: Path, connect: Connect) -> None:
    project, leases = tmp_path / "project", tmp_path / "loops"
    project.mkdir()
    program = waiting(a="one", b="one")
    with open_lease(leases) as lease:
        async with looping(project, connect, program, selector="a", others=("b",), lease=lease) as hands:
            await both_wait(hands)
            both = {execution_of(hands, "a"), execution_of(hands, "b")}
            assert set(lease.executions) == both
            hands.edit(waiting(a="one", b="two"))
            await hands.find(TaskStarted, 3, task="pause")
            assert set(lease.executions) == {execution_of(hands, "a"), execution_of(hands, "b")} != both
        assert lease.executions == ()


async def test_a_queue_waits_for_the_run_of_the_same_target_only(tmp_path: Path, connect: Connect) -> None:
    program = waiting(a="one") + says("one", "b")
    async with looping(
        tmp_path, connect, program, selector="a", others=("b",), on_change=OnChange.QUEUE
    ) as hands:
        await hands.find(TaskStarted, task="pause")
        await hands.find(RunFinished)
        hands.edit(waiting(a="two") + says("two", "b"))
        assert (await hands.find(RunStarted, run=3)).target == "b"
        await hands.find(RunFinished, 2, outcome=Outcome.SUCCEEDED)
        assert await hands.live() == [execution_of(hands, "a")]
        hands.loop.press("c")
        assert (await hands.find(RunStarted, run=4)).target == "a"
        assert not hands.screen.all(RunSuperseded)


async def test_what_was_collected_runs_where_it_matters(tmp_path: Path, connect: Connect) -> None:
    """With --on-change manual; when nothing was collected, all run."""
    program = saying(a="one", b="one")
    async with looping(
        tmp_path, connect, program, selector="a", others=("b",), on_change=OnChange.MANUAL
    ) as hands:
        await hands.until(WatchReady)
        hands.edit(saying(a="one", b="two"))
        await hands.until(ChangesCollected)
        hands.loop.press("r")
        assert (await hands.until(RunStarted)).target == "b"
        await hands.until(WatchReady)
        hands.loop.press("r")
        await hands.find(RunFinished, 5)
    assert [each.target for each in hands.screen.all(RunStarted)][2] == "b"
    assert sorted(each.target for each in hands.screen.all(RunStarted)[3:]) == ["a", "b"]


async def test_an_edit_that_does_not_work_is_said_once(tmp_path: Path, connect: Connect) -> None:
    program = waiting(a="one", b="one")
    async with looping(tmp_path, connect, program, selector="a", others=("b",)) as hands:
        await both_wait(hands)
        hands.edit("half a progr")
        broken = await hands.until(EditBroken)
        assert (broken.running, broken.target) == (True, "")
        hands.edit(waiting(a="one", b="two"))
        await hands.find(TaskStarted, 3, task="pause")
    assert len(hands.screen.all(EditBroken)) == 1


async def test_what_the_backend_refuses_is_said_once(server: WeakServer) -> None:
    goes_on(server)
    async with editing(server, others=("other",)) as loop:
        await loop.screen.find(ExecutionCreated, 2)
        server.refuse["workflow.apply"] = (grpc.StatusCode.INVALID_ARGUMENT, "too long")
        loop.edit(main="two", other="two")
        broken = await loop.until(EditBroken)
        assert ("too long" in broken.error, broken.running) == (True, True)
        server.refuse.clear()
        loop.edit(main="three", other="three")
        await loop.screen.find(RunStarted, run=4)
    assert len(loop.screen.all(EditBroken)) == 1
    assert server.calls.count("workflow.apply:main") == 3, "once for each version"


async def test_one_that_nobody_knows_does_not_keep_the_others_from_running(
    tmp_path: Path, connect: Connect
) -> None:
    async with looping(tmp_path, connect, says("one", "a"), selector="a", others=("aa",)) as hands:
        broken = await hands.find(EditBroken)
        assert (broken.target, "not found: aa" in broken.error) == ("aa", True)
        assert (await hands.find(RunFinished)).outcome is Outcome.SUCCEEDED
        await hands.until(WatchReady)
        hands.edit(saying(a="one", aa="one"))
        assert (await hands.find(RunStarted, run=2)).target == "aa"


async def test_what_is_named_twice_runs_once(tmp_path: Path, connect: Connect) -> None:
    async with looping(tmp_path, connect, saying(a="one"), selector="a", others=("A", "a"), runs=1) as hands:
        assert await hands.end() == EXIT_OK
    assert [each.target for each in hands.screen.all(RunStarted)] == ["a"]


async def test_all_are_those_that_the_code_declares_at_the_time(tmp_path: Path, connect: Connect) -> None:
    async with looping(tmp_path, connect, saying(a="one", b="one"), every=True) as hands:
        await hands.find(RunFinished, 2)
        await hands.until(WatchReady)
        hands.edit(saying(a="one", b="one", c="one"))
        assert (await hands.find(RunStarted, run=3)).target == "c"
        await hands.until(WatchReady)
        hands.edit(saying(a="one", c="one"))
        gone = await hands.until(TargetMissing)
        assert (gone.kind, gone.name) == (TargetKind.WORKFLOW, "b")
        await hands.until(WatchReady)
        hands.edit(saying(a="two", c="one"))
        assert (await hands.until(RunStarted)).target == "a"
        await hands.until(WatchReady)
        hands.edit(saying(a="two", b="two", c="one"))
        assert (await hands.until(RunStarted)).target == "b"
        await hands.until(WatchReady)
    assert len(hands.screen.all(TargetMissing)) == 1, "it is said once"


async def test_all_of_nothing_is_a_mistake_that_can_be_mended(tmp_path: Path, connect: Connect) -> None:
    async with looping(tmp_path, connect, "import stigmer\n", every=True) as hands:
        await hands.until(EditBroken)
        hands.edit(saying(a="one"))
        assert (await hands.until(RunStarted)).target == "a"


async def test_an_agent_and_a_workflow_of_one_name_both_run(tmp_path: Path, connect: Connect) -> None:
    (tmp_path / "script.yaml").write_text("- say: hello\n")
    async with looping(tmp_path, connect, AGENT + says("one", "twin"), every=True, runs=1) as hands:
        await hands.find(ExecutionCreated, kind=TargetKind.AGENT)
        await hands.find(ExecutionCreated, kind=TargetKind.WORKFLOW)
    assert {each.target for each in hands.screen.all(RunStarted)} == {"agent:twin", "workflow:twin"}


async def test_so_many_runs_are_rounds_and_one_that_failed_is_the_status(
    tmp_path: Path, connect: Connect
) -> None:
    failing = says("one", "b") + 'flow.raise_("stop", "out of coffee")\n'
    async with looping(
        tmp_path, connect, says("one", "a") + failing, selector="a", others=("b",), runs=2
    ) as hands:
        await hands.find(RunFinished, 2)
        await hands.until(WatchReady)
        hands.edit(says("two", "a") + failing)
        assert await hands.end() == EXIT_FAILED, "b has failed, and has not run again"
    assert [each.target for each in hands.screen.all(RunStarted)][2:] == ["a"]


async def test_success_is_that_of_all(tmp_path: Path, connect: Connect) -> None:
    failing = says("one", "b") + 'flow.raise_("stop", "out of coffee")\n'
    async with looping(
        tmp_path, connect, says("one", "a") + failing, selector="a", others=("b",), until_success=True
    ) as hands:
        await hands.find(RunFinished, 2)
        await hands.until(WatchReady)
        hands.edit(saying(a="one", b="one"))
        assert await hands.end() == EXIT_OK
        assert (await hands.until(WatchFinished)).runs == 3


async def test_success_waits_for_those_that_run_again(tmp_path: Path, connect: Connect) -> None:
    failing = says("one", "a") + 'flow.raise_("stop", "out of coffee")\n'
    async with looping(
        tmp_path, connect, failing + says("one", "b"), selector="a", others=("b",), until_success=True
    ) as hands:
        await hands.find(RunFinished, 2)
        await hands.until(WatchReady)
        hands.edit(failing + waiting(b="two"))
        await hands.find(TaskStarted, task="pause")
        hands.edit(says("two", "a") + waiting(b="two"))
        await hands.find(RunFinished, 2, outcome=Outcome.SUCCEEDED)
        hands.edit(says("two", "a") + says("three", "b"))
        assert await hands.end() == EXIT_OK
    assert [each.target for each in hands.screen.all(RunStarted)][2:] == ["b", "a", "b"]


async def test_success_is_not_asked_of_what_is_no_longer_declared(tmp_path: Path, connect: Connect) -> None:
    failing = says("one", "b") + 'flow.raise_("stop", "out of coffee")\n'
    async with looping(
        tmp_path, connect, says("one", "a") + failing, every=True, until_success=True
    ) as hands:
        await hands.find(RunFinished, 2)
        await hands.until(WatchReady)
        hands.edit(says("two", "a"))
        assert await hands.end() == EXIT_OK
