"""What a developer asks for, and how a loop ends."""

from __future__ import annotations

from pathlib import Path

import pytest

from devloop.loop.events import (
    Cause,
    ChangeSeen,
    ExplanationShown,
    HistoryShown,
    KeyAnswered,
    NotAffected,
    RunStarted,
    WatchEnding,
    WatchFinished,
    WatchPaused,
    WatchReady,
    WatchResumed,
)
from runcmd.events import CancelFinished, CancelOutcome, CancelReason, Outcome, RunFinished, TaskStarted
from runcmd.pipeline import Connect
from runcmd.request import RuntimeVariable
from tests.devloop.loop.looping import looping
from tests.devloop.loop.programs import says, waits
from tests.support.poll import until

HELD = """
import time
from pathlib import Path
while Path("{held}").exists():
    Path("{holds}").touch()
    time.sleep(0.01)
"""


async def test_r_runs_again_though_nothing_changed(tmp_path: Path, connect: Connect) -> None:
    async with looping(tmp_path, connect, says("one")) as hands:
        await hands.until(WatchReady)
        hands.loop.press("r")
        again = await hands.until(RunStarted)
        assert (again.run, again.cause, again.changed) == (2, Cause.REQUEST, ())


async def test_r_is_not_forgotten_when_an_edit_comes_right_after_it(
    tmp_path: Path, short_dir: Path, connect: Connect
) -> None:
    held, holds = short_dir / "held", short_dir / "holds"
    async with looping(tmp_path, connect, HELD.format(held=held, holds=holds) + says("one")) as hands:
        await hands.until(WatchReady)
        held.touch()
        hands.loop.press("r")
        await until(holds.exists, "it is synthesised")
        hands.edit("nothing of importance", "notes.txt")
        assert (await hands.until(ChangeSeen)).gen == 3
        held.unlink()
        again = await hands.until(RunStarted)
        assert (again.gen, again.run, again.cause) == (3, 2, Cause.REQUEST)


async def test_r_supersedes_what_runs(tmp_path: Path, connect: Connect) -> None:
    async with looping(tmp_path, connect, waits("one")) as hands:
        await hands.until(TaskStarted, task="pause")
        hands.loop.press("r")
        await hands.until(RunStarted, run=2)
        await hands.until(TaskStarted, task="pause")
        assert len(await hands.live()) == 1


async def test_c_cancels_and_the_loop_goes_on(tmp_path: Path, connect: Connect) -> None:
    async with looping(tmp_path, connect, waits("one")) as hands:
        await hands.until(TaskStarted, task="pause")
        hands.loop.press("c")
        assert (await hands.until(CancelFinished)).outcome is CancelOutcome.CONFIRMED
        await hands.until(WatchReady)
        assert await hands.live() == []
        hands.loop.press("c")
        assert (await hands.until(KeyAnswered)).text == "nothing is running"
        hands.edit(waits("two"))
        await hands.until(RunStarted, run=2)


async def test_p_holds_changes_back_until_p(tmp_path: Path, connect: Connect) -> None:
    async with looping(tmp_path, connect, says("one")) as hands:
        await hands.until(WatchReady)
        hands.loop.press("p")
        await hands.until(WatchPaused)
        for text in ("two", "three"):
            hands.edit(says(text))
            assert (await hands.until(ChangeSeen)).held
        hands.loop.press("p")
        await hands.until(WatchResumed)
        assert (await hands.until(RunStarted)).changed == ("main.py",)
        assert '"three"' in (await hands.until(RunFinished)).answer


async def test_p_twice_without_a_change_runs_nothing(tmp_path: Path, connect: Connect) -> None:
    async with looping(tmp_path, connect, says("one")) as hands:
        await hands.until(WatchReady)
        hands.loop.press("p")
        hands.loop.press("p")
        await hands.until(WatchResumed)
        hands.loop.press("r")
        assert (await hands.until(RunStarted)).run == 2


async def test_r_runs_once_while_paused(tmp_path: Path, connect: Connect) -> None:
    async with looping(tmp_path, connect, says("one")) as hands:
        await hands.until(WatchReady)
        hands.loop.press("p")
        hands.edit(says("two"))
        await hands.until(ChangeSeen)
        hands.loop.press("r")
        assert '"two"' in (await hands.until(RunFinished)).answer
        assert (await hands.until(WatchReady)).paused


async def test_h_and_e_tell_what_happened(tmp_path: Path, connect: Connect) -> None:
    async with looping(tmp_path, connect, says("one")) as hands:
        await hands.until(WatchReady)
        hands.edit(says("two"))
        await hands.until(RunFinished)
        await hands.until(WatchReady)
        hands.loop.press("h")
        runs = (await hands.until(HistoryShown)).runs
        assert [(run.run, run.cause, run.outcome) for run in runs] == [
            (1, Cause.START, Outcome.SUCCEEDED),
            (2, Cause.CHANGE, Outcome.SUCCEEDED),
        ]
        hands.loop.press("e")
        assert (await hands.until(ExplanationShown)).changed == ("main.py",)


async def test_q_cancels_and_confirms(tmp_path: Path, connect: Connect) -> None:
    async with looping(tmp_path, connect, waits("one")) as hands:
        await hands.until(TaskStarted, task="pause")
        hands.loop.press("q")
        assert (await hands.until(WatchEnding)).seconds > 0
        assert (await hands.until(CancelFinished)).outcome is CancelOutcome.CONFIRMED
        assert (await hands.until(WatchFinished)).left == ()
        assert await hands.end() == 0
        assert await hands.live() == []
    assert isinstance(hands.screen.seen[-1][1], WatchFinished)


@pytest.mark.parametrize(
    ("reason", "code"), [(CancelReason.INTERRUPTED, 130), (CancelReason.TERMINATED, 143)]
)
async def test_a_signal_ends_it(tmp_path: Path, connect: Connect, reason: CancelReason, code: int) -> None:
    async with looping(tmp_path, connect, waits("one")) as hands:
        await hands.until(TaskStarted, task="pause")
        hands.loop.stop(reason)
        assert await hands.end() == code
        assert await hands.live() == []


async def test_a_signal_ends_it_in_the_midst_of_a_synthesis(tmp_path: Path, connect: Connect) -> None:
    program = "from pathlib import Path\nPath('begun').touch()\nimport time\ntime.sleep(600)\n"
    async with looping(tmp_path, connect, program) as hands:
        await hands.until(ChangeSeen)  # of `begun`
        hands.loop.stop(CancelReason.INTERRUPTED)
        assert await hands.end() == 130


async def test_until_success(tmp_path: Path, connect: Connect) -> None:
    failing = 'from stigmer import Workflow\nWorkflow("x").raise_("no", "https://example.com/no", "no")\n'
    async with looping(tmp_path, connect, failing, until_success=True) as hands:
        assert (await hands.until(RunFinished)).outcome is Outcome.FAILED
        hands.edit(says("good", "x"))
        assert await hands.end() == 0


async def test_so_many_runs(tmp_path: Path, connect: Connect) -> None:
    failing = 'from stigmer import Workflow\nWorkflow("x").raise_("no", "https://example.com/no", "no")\n'
    async with looping(tmp_path, connect, says("good", "x"), runs=2) as hands:
        await hands.until(WatchReady)
        hands.edit(failing)
        assert await hands.end() == 1
        assert (await hands.until(WatchFinished)).runs == 2


async def test_the_environment_is_read_again(tmp_path: Path, connect: Connect) -> None:
    variables = tmp_path / "run.env"
    variables.write_text("NAME=Ada\n")

    def env() -> tuple[RuntimeVariable, ...]:
        lines = variables.read_text().split()
        return tuple(
            RuntimeVariable(name=n, value=v, secret=n == "KEY") for n, v in (x.split("=") for x in lines)
        )

    async with looping(tmp_path, connect, says("one"), env=env, extra=(variables,)) as hands:
        await hands.until(WatchReady)
        variables.write_text("NAME=Ada\nKEY=hunter2-hunter2\n")
        started = await hands.until(RunStarted)
        assert (started.cause, started.changed) == (Cause.ENVIRONMENT, ("run.env",))
        await hands.until(WatchReady)
        assert hands.screen.hidden == {"hunter2-hunter2"}
        variables.write_text("KEY=hunter2-hunter2\n")
        await hands.until(RunFinished)
        (newest,) = [each for each in await hands.messages() if "KEY" in each.spec.runtime_env][:1]
        assert set(newest.spec.runtime_env) == {"KEY"}


async def test_the_order_of_variables_makes_no_difference(tmp_path: Path, connect: Connect) -> None:
    variables = tmp_path / "run.env"
    variables.write_text("ONE=1\nTWO=2\n")

    def env() -> tuple[RuntimeVariable, ...]:
        return tuple(
            RuntimeVariable(name=line[:3], value=line[4:], secret=False)
            for line in variables.read_text().split()
        )

    async with looping(tmp_path, connect, says("one"), env=env, extra=(variables,)) as hands:
        await hands.until(WatchReady)
        variables.write_text("TWO=2\nONE=1\n")
        assert (await hands.until(NotAffected)).changed == ("run.env",)
