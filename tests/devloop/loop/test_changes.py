"""From a save to a run, and what a save does to the run before."""

from __future__ import annotations

from pathlib import Path

import anyio
import pytest

from devloop.loop.events import (
    Cause,
    ChangeSeen,
    EditBroken,
    NotAffected,
    RunStarted,
    RunSuperseded,
    TargetMissing,
    WatchReady,
)
from runcmd.events import (
    CancelFinished,
    CancelOutcome,
    ExecutionCreated,
    Outcome,
    RunFinished,
    TaskStarted,
)
from runcmd.pipeline import Connect
from runcmd.project import OnChange
from tests.devloop.loop.looping import looping, outcomes
from tests.devloop.loop.programs import says, two, waits


async def test_an_edit_runs_again_with_the_new_code(tmp_path: Path, connect: Connect) -> None:
    async with looping(tmp_path, connect, says("one")) as hands:
        first = await hands.until(RunStarted)
        assert (first.run, first.cause, first.applied, first.total) == (1, Cause.START, 1, 1)
        assert '"one"' in (await hands.until(RunFinished)).answer
        ready = await hands.until(WatchReady)
        assert (ready.files, ready.paused) == (2, False)
        hands.edit(says("two"))
        second = await hands.until(RunStarted)
        assert (second.run, second.cause, second.changed) == (2, Cause.CHANGE, ("main.py",))
        assert '"two"' in (await hands.until(RunFinished)).answer


async def test_an_edit_supersedes_the_run(tmp_path: Path, connect: Connect) -> None:
    async with looping(tmp_path, connect, waits("one")) as hands:
        old = await hands.until(ExecutionCreated)
        await hands.until(TaskStarted, task="pause")
        hands.edit(waits("two"))
        superseded = await hands.until(RunSuperseded)
        cancelled = await hands.until(CancelFinished)
        assert (cancelled.execution, cancelled.outcome) == (old.execution, CancelOutcome.CONFIRMED)
        new = await hands.until(RunStarted)
        assert (superseded.gen, superseded.by) == (1, new.gen)
        created = await hands.until(ExecutionCreated)
        assert await hands.live() == [created.execution]
    assert outcomes(hands.screen) == ["cancelled", "cancelled"]


async def test_twenty_edits_end_in_one_run_of_the_last(tmp_path: Path, connect: Connect) -> None:
    async with looping(tmp_path, connect, waits("start")) as hands:
        await hands.until(TaskStarted, task="pause")
        for number in range(20):
            hands.edit(waits(f"edit {number:02}"))
            await anyio.sleep(0.1)  # sleeps: as fast as somebody may save
        await hands.until(TaskStarted, task="pause")
        while "edit 19" not in str(await hands.live_messages()):
            await hands.until(TaskStarted, task="pause")
        last = hands.screen.all(ExecutionCreated)[-1]
        assert await hands.live() == [last.execution]
        hands.loop.press("c")
        finished = await hands.until(RunFinished, execution=last.execution)
        assert finished.outcome is Outcome.CANCELLED


async def test_nothing_old_is_shown_after_the_header(tmp_path: Path, connect: Connect) -> None:
    async with looping(tmp_path, connect, waits("start")) as hands:
        for number in range(5):
            await hands.until(TaskStarted, task="pause")
            hands.edit(waits(f"edit {number}"))
        await hands.until(TaskStarted, task="pause")
    newest = 0
    for generation, event in hands.screen.seen:
        if isinstance(event, RunStarted):
            newest = generation
        elif not isinstance(event, RunSuperseded):
            assert generation >= newest, event
    assert newest == 6


async def test_what_makes_no_difference_is_not_rerun(tmp_path: Path, connect: Connect) -> None:
    async with looping(tmp_path, connect, two("a", "b"), selector="first") as hands:
        await hands.until(WatchReady)
        hands.edit(two("a", "b") + "# a remark\n")
        same = await hands.until(NotAffected)
        assert (same.name, same.changed, same.applied, same.total) == ("first", ("main.py",), 0, 2)
        hands.edit(two("a", "c"))
        other = await hands.until(NotAffected)
        assert (other.applied, other.total) == (1, 2)
        hands.edit(two("d", "c"))
        await hands.until(RunStarted, run=2)


async def test_a_file_that_the_program_reads_counts(tmp_path: Path, connect: Connect) -> None:
    program = says("x").replace('"x"', 'open("prompts/text.md").read()')
    (tmp_path / "prompts").mkdir()
    (tmp_path / "prompts/text.md").write_text("good morning")
    async with looping(tmp_path, connect, program) as hands:
        assert "good morning" in (await hands.until(RunFinished)).answer
        hands.edit("good evening", "prompts/text.md")
        assert (await hands.until(RunStarted)).changed == ("prompts/text.md",)
        assert "good evening" in (await hands.until(RunFinished)).answer


async def test_a_broken_edit_leaves_the_good_run_alone(tmp_path: Path, connect: Connect) -> None:
    async with looping(tmp_path, connect, waits("good")) as hands:
        good = await hands.until(ExecutionCreated)
        await hands.until(TaskStarted, task="pause")
        hands.edit("import nothing_of_that_name\n")
        broken = await hands.until(EditBroken)
        assert "ModuleNotFoundError" in broken.error
        assert (broken.running, broken.changed) == (True, ("main.py",))
        assert await hands.live() == [good.execution]
        hands.edit(waits("better"))
        await hands.until(RunStarted, run=2)
        created = await hands.until(ExecutionCreated)
        await hands.until(TaskStarted, task="pause")
        assert await hands.live() == [created.execution]
    assert len(hands.screen.all(EditBroken)) == 1
    assert len(hands.screen.all(RunStarted)) == 2


async def test_what_the_backend_refuses_leaves_the_good_run_alone(tmp_path: Path, connect: Connect) -> None:
    async with looping(tmp_path, connect, waits("good")) as hands:
        await hands.until(TaskStarted, task="pause")
        hands.edit(waits("good") + says("x", "other").replace("other", "no/such\\nname"))
        await hands.until(EditBroken)
        assert len(await hands.live()) == 1


async def test_a_broken_start_waits_for_its_mend(tmp_path: Path, connect: Connect) -> None:
    async with looping(tmp_path, connect, "1/0\n") as hands:
        assert "ZeroDivisionError" in (await hands.until(EditBroken)).error
        await hands.until(WatchReady)
        hands.edit(says("mended"))
        assert "mended" in (await hands.until(RunFinished)).answer


async def test_the_target_is_gone_and_comes_back(tmp_path: Path, connect: Connect) -> None:
    async with looping(tmp_path, connect, two("a", "b"), selector="first") as hands:
        await hands.until(WatchReady)
        hands.edit(says("b", "second"))
        missing = await hands.until(TargetMissing)
        assert (missing.name, missing.hint) == ("first", "")
        hands.loop.press("r")  # what was deployed is not run instead
        assert 'no longer declares "first"' in (await hands.until(EditBroken)).error
        hands.edit(says("b", "fisrt"))
        assert (await hands.until(TargetMissing)).hint == 'did you mean "fisrt"?'
        hands.edit(two("again", "b"))
        assert "again" in (await hands.until(RunFinished)).answer


async def test_a_touch_is_no_change(tmp_path: Path, connect: Connect) -> None:
    async with looping(tmp_path, connect, says("one")) as hands:
        await hands.until(WatchReady)
        (tmp_path / "main.py").touch()
        hands.edit(says("one"))
        hands.edit(says("two"))
        await hands.until(RunStarted, run=2)
    assert len(hands.screen.all(ChangeSeen)) == 1


async def test_a_queue_lets_the_run_end_first(tmp_path: Path, connect: Connect) -> None:
    program = says("one").replace("flow.set", 'flow.wait("pause", 2)\nflow.set')
    async with looping(tmp_path, connect, program, on_change=OnChange.QUEUE) as hands:
        await hands.until(TaskStarted, task="pause")
        for text in ("two", "three"):
            hands.edit(program.replace("one", text))
            await hands.until(ChangeSeen)
        assert '"one"' in (await hands.until(RunFinished)).answer
        await hands.until(RunStarted, run=2)
        assert '"three"' in (await hands.until(RunFinished)).answer
    assert outcomes(hands.screen) == ["succeeded", "succeeded"]


@pytest.mark.parametrize("policy", ["restart", "queue"])
async def test_stigmer_yaml_says_what_a_change_does(tmp_path: Path, connect: Connect, policy: str) -> None:
    seconds = 600 if policy == "restart" else 2  # nobody waits for a run that is cancelled
    program = says("one").replace("flow.set", f'flow.wait("pause", {seconds})\nflow.set')
    async with looping(tmp_path, connect, program, yaml=f"watch: {{on_change: {policy}}}\n") as hands:
        await hands.until(TaskStarted, task="pause")
        hands.edit(says("two"))
        first = await hands.until(RunFinished)
        assert first.outcome is (Outcome.CANCELLED if policy == "restart" else Outcome.SUCCEEDED)
        assert '"two"' in (await hands.until(RunFinished)).answer
