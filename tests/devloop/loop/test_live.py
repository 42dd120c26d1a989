"""What a version's program says is shown while it runs, if the version is wanted."""

from __future__ import annotations

from pathlib import Path

from devloop.loop.events import Cause, EditBroken, NotAffected, RunStarted, WatchReady
from devloop.loop.generation import Generation
from devloop.loop.live import LiveEvents
from devloop.loop.output import LoopOutput
from devloop.loop.state import Happened
from runcmd.events import Event, ProgramWrote, SynthesisFinished, SynthesisLasted, SynthesisStarted
from runcmd.pipeline import Connect
from runcmd.request import RunRequest, RuntimeVariable
from tests.devloop.loop.looping import Recorder, looping
from tests.devloop.loop.programs import says
from tests.support.poll import until

REQUEST = RunRequest(project=None, selector=None)
STARTED = SynthesisStarted(main=Path("/p/main.py"))
LASTED = SynthesisLasted(main=Path("/p/main.py"), seconds=0.5)
ONE, TWO = (ProgramWrote(stream="stdout", text=f"{text}\n") for text in ("one", "two"))


def speaks(first: str, then: str, go_on: Path) -> str:
    """It says something, waits for a file, and says something else."""
    waits = f"import time, os\nwhile not os.path.exists({str(go_on)!r}): time.sleep(0.005)\n"
    return f"print({first!r})\n{waits}print({then!r})\n{says('hello')}"


async def test_what_it_says_is_shown_while_it_runs_and_before_the_header(
    tmp_path: Path, connect: Connect
) -> None:
    go_on, project = tmp_path / "go-on", tmp_path / "project"
    async with looping(project, connect, speaks("one", "two", go_on)) as hands:
        assert (await hands.until(ProgramWrote)).text == "one\n"
        await until(lambda: hands.screen.all(SynthesisLasted))  # before it or after it
        go_on.touch()
        assert (await hands.until(ProgramWrote)).text == "two\n"
        await hands.until(RunStarted)
        await hands.until(WatchReady)
        hands.edit(speaks("three", "four", go_on))
        await hands.until(NotAffected)
        wrote = [(gen, event.text) for gen, event in hands.screen.seen if isinstance(event, ProgramWrote)]
        assert "".join(text for gen, text in wrote if gen == 1) == "one\ntwo\n"
        assert "".join(text for gen, text in wrote if gen == 2) == "three\nfour\n"


async def test_nothing_of_an_outdated_version_is_shown_any_more(tmp_path: Path, connect: Connect) -> None:
    go_on, project = tmp_path / "go-on", tmp_path / "project"
    async with looping(project, connect, speaks("one", "the end", go_on)) as hands:
        await hands.until(ProgramWrote, text="one\n")
        hands.edit(f"print('new')\n{says('other')}")
        started = await hands.until(RunStarted)
        go_on.touch()
        await hands.until(WatchReady)
        late = [gen for gen, event in hands.screen.seen[hands.screen.seen.index((started.gen, started)) :]]
        assert set(late) == {started.gen}
        assert not [each for each in hands.screen.all(ProgramWrote) if "the end" in each.text]


async def test_what_a_broken_program_said_is_shown_once(tmp_path: Path, connect: Connect) -> None:
    async with looping(tmp_path, connect, "print('one')\nraise SystemExit('no credentials')\n") as hands:
        broken = await hands.until(EditBroken)
        assert (broken.details, broken.echoed) == (("no credentials",), True)
        wrote = sorted(each.text for each in hands.screen.all(ProgramWrote))
        assert wrote == ["no credentials\n", "one\n"]


async def test_a_secret_is_hidden_before_anything_is_shown(tmp_path: Path, connect: Connect) -> None:
    go_on, project = tmp_path / "go-on", tmp_path / "project"
    secret = RuntimeVariable(name="KEY", value="hunter2-hunter2", secret=True)
    async with looping(project, connect, speaks("one", "two", go_on), env=lambda: (secret,)) as hands:
        await hands.until(ProgramWrote)
        assert hands.screen.hidden == {"hunter2-hunter2"}
        go_on.touch()
        await hands.until(RunStarted)


def test_what_comes_late_of_an_outdated_version_is_dropped() -> None:
    screen = Recorder()
    output = LoopOutput(screen, lambda: None)
    generation = Generation(1, Cause.CHANGE, (), {})
    output.show_live(generation, REQUEST, ONE)
    generation.happened(Happened.NEWER)
    output.show_live(generation, REQUEST, TWO)
    assert screen.all(ProgramWrote) == [ONE]


def shown_by(live: LiveEvents) -> list[Event]:
    shown: list[Event] = []
    live.show(lambda request, event: shown.append(event))
    return shown


def test_until_it_is_wanted_everything_is_kept() -> None:
    live = LiveEvents()
    live.again()
    assert live.take(REQUEST, STARTED)
    assert live.take(REQUEST, ONE)
    assert not live.take(REQUEST, SynthesisFinished(agents=1, workflows=0, seconds=0.1))
    shown = shown_by(live)
    assert shown == [STARTED, ONE]
    live.take(REQUEST, TWO)
    assert shown == [STARTED, ONE, TWO]


def test_what_an_attempt_said_that_nobody_has_seen_is_void() -> None:
    live = LiveEvents()
    live.again()
    live.take(REQUEST, ONE)
    live.again()
    live.take(REQUEST, TWO)
    assert shown_by(live) == [TWO]


def test_what_has_been_shown_is_not_shown_again() -> None:
    live = LiveEvents()
    shown = shown_by(live)
    live.again()
    for event in (STARTED, LASTED, ONE):
        live.take(REQUEST, event)
    live.again()
    for event in (STARTED, LASTED, ONE, TWO):
        live.take(REQUEST, event)
    assert shown == [STARTED, LASTED, ONE, TWO]
