"""What is under way for a generation ends when there is a reason for it."""

from __future__ import annotations

import anyio
import pytest

from devloop.loop.events import Cause, PastRun
from devloop.loop.generation import Generation
from devloop.loop.state import Happened, Stage, Why
from runcmd.events import CancelReason, ExecutionCreated, Outcome, RunFinished, TargetKind
from runcmd.stream import Run, open_stream

RUNS = (Happened.READY, Happened.DEPLOYED, Happened.FREE)


@pytest.fixture
def generation() -> Generation:
    return Generation(2, Cause.CHANGE, ("main.py",), {})


@pytest.mark.parametrize("happened", [Happened.NEWER, Happened.STOP])
async def test_a_wait_is_cut(generation: Generation, happened: Happened) -> None:
    async with anyio.create_task_group() as tasks:

        async def cut() -> None:
            generation.happened(happened)

        tasks.start_soon(cut)
        assert await generation.unless_ending(anyio.sleep_forever) is None
    assert generation.state.stage is Stage.PREPARING
    assert generation.state.why is not None


async def test_a_result_that_came_too_late_is_none(generation: Generation) -> None:
    async def call() -> str:
        generation.happened(Happened.NEWER)
        return "too late"

    assert await generation.unless_ending(call) is None

    async def never() -> None:
        raise AssertionError("it is not begun any more")

    assert await generation.unless_ending(never) is None


async def test_a_deployment_is_cut_by_the_end_of_the_loop_only(generation: Generation) -> None:
    generation.happened(Happened.READY)
    with generation.cancellable():
        generation.happened(Happened.NEWER)
        await anyio.lowlevel.checkpoint()
        assert generation.state.why is Why.OUTDATED
        generation.happened(Happened.STOP)
        await anyio.lowlevel.checkpoint()
        raise AssertionError("it is cut")


async def test_who_waits_for_a_stage_goes_on_when_it_is_reached(generation: Generation) -> None:
    reached = []

    async def wait(*stages: Stage) -> None:
        await generation.until(*stages)
        reached.append(stages)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(wait, Stage.RUNNING, Stage.OVER)
        tasks.start_soon(wait, Stage.OVER)
        for happened in RUNS:
            assert reached == []
            generation.happened(happened)
            await anyio.wait_all_tasks_blocked()
        assert reached == [(Stage.RUNNING, Stage.OVER)]
        generation.happened(Happened.ENDED)
    assert reached[1:] == [(Stage.OVER,)]
    assert generation.over


@pytest.mark.parametrize(
    ("happened", "reason"),
    [
        (Happened.STOP, CancelReason.TERMINATED),
        (Happened.SUPERSEDE, CancelReason.SUPERSEDED),
        (Happened.CANCEL, CancelReason.INTERRUPTED),
    ],
)
async def test_a_run_is_cancelled_for_the_same_reason(
    generation: Generation, happened: Happened, reason: CancelReason
) -> None:
    async def goes_on(run: Run) -> RunFinished:
        await anyio.sleep_forever()
        raise AssertionError

    for each in RUNS:
        generation.happened(each)
    async with open_stream(goes_on) as run:
        generation.follow(run)
        generation.happened(happened, reason)
        assert run.reason is reason


def test_its_record_is_kept_up_to_date(generation: Generation) -> None:
    created = ExecutionCreated(execution="wex-1", kind=TargetKind.WORKFLOW, name="main")
    generation.note(created)
    assert generation.record is None, "nothing runs"
    record = PastRun(
        gen=2, run=1, at="12:00:00", cause=Cause.CHANGE, changed=(), execution="", outcome=None, seconds=None
    )
    generation.begin(record)
    generation.note(created)
    generation.note(RunFinished(outcome=Outcome.SUCCEEDED, exit_code=0, seconds=1.5))
    kept = generation.record
    assert (kept.execution, kept.outcome, kept.seconds) == ("wex-1", Outcome.SUCCEEDED, 1.5)
