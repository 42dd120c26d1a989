"""A project that is moved while its program runs."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from devloop.loop.disturbed import was_moved
from devloop.loop.events import EditBroken, ProjectBack, RunStarted, WatchReady
from runcmd.events import RunFinished
from runcmd.pipeline import Connect
from tests.devloop.loop.looping import looping
from tests.devloop.loop.programs import says
from tests.support.files import exchange, turn
from tests.support.poll import until
from tests.support.project import write_project


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "above" / "project").mkdir(parents=True)
    return tmp_path / "above" / "project"


async def quiet(directory: Path) -> int:
    """A moment from which on nothing has happened to it; in nanoseconds."""
    old = max(each.lstat().st_ctime_ns for each in (directory, *directory.parents))
    await until(lambda: time.time_ns() - 50_000_000 > old)
    return time.time_ns()


async def test_moves_are_seen(place: Path) -> None:
    away = place.with_name("away")
    for moved in (place, place.parent):
        since = await quiet(place)
        moved.rename(away.with_name("elsewhere") if moved == place else moved.with_name("elsewhere"))
        assert was_moved(place, since)
        (moved.with_name("elsewhere")).rename(moved)
        assert was_moved(place, since)
        assert not was_moved(place, await quiet(place))


async def test_what_happens_in_it_is_no_move(place: Path) -> None:
    since = await quiet(place)
    (place / "file").write_text("text")
    (place.parent / "sibling").mkdir()
    assert not was_moved(place, since)


async def test_an_exchange_is_a_move(place: Path) -> None:
    other = place.with_name("other")
    other.mkdir()
    since = await quiet(place)
    exchange(place, other)
    exchange(place, other)
    assert was_moved(place, since)


async def test_a_link_that_turns_is_a_move(place: Path) -> None:
    current = place.with_name("current")
    current.symlink_to(place)
    since = await quiet(current)
    assert not was_moved(current, since)
    turn(current, place)
    assert was_moved(current, since)


async def test_a_program_that_saw_nothing_for_a_moment_runs_again(place: Path, connect: Connect) -> None:
    """It moves the project away itself, once, and back before anybody can look."""
    once, away = place.with_name("once"), place.with_name("away")
    program = f"""
import os
from stigmer import Workflow

seen = "no"
if os.path.exists({str(once)!r}):
    os.remove({str(once)!r})
    os.rename({str(place)!r}, {str(away)!r})
    seen = str(os.path.exists({str(place / "main.py")!r}))
    os.rename({str(away)!r}, {str(place)!r})
else:
    seen = str(os.path.exists({str(place / "main.py")!r}))
Workflow("greet").set("say", text="VERSION " + seen)
"""
    async with looping(place, connect, program) as hands:
        assert "VERSION True" in (await hands.until(RunFinished)).answer
        await hands.until(WatchReady)
        once.touch()
        hands.edit(program.replace("VERSION", "second"))
        assert "second True" in (await hands.until(RunFinished)).answer
    assert hands.screen.all(EditBroken) == []


async def test_half_of_one_and_half_of_the_other(place: Path, connect: Connect, tmp_path: Path) -> None:
    """The program reads its prompt after another directory has taken the place of the first."""
    program = """
import ctypes, os
from pathlib import Path
from stigmer import Workflow

WORD = "{word}"
if os.path.exists({once!r}):
    os.remove({once!r})
    ctypes.CDLL(None).renameat2(-100, {place!r}.encode(), -100, {other!r}.encode(), 2)
Workflow("greet").set("say", text=WORD + " " + Path({place!r}, "prompt.md").read_text())
"""
    other, once = tmp_path / "other", str(tmp_path / "once")
    for home, word in ((place, "first"), (other, "second")):
        text = program.format(word=word, once=once, place=str(place), other=str(other))
        write_project(home, text)
        (home / "prompt.md").write_text(word)
    text = (place / "main.py").read_text()
    async with looping(place, connect, text) as hands:
        assert "first first" in (await hands.until(RunFinished)).answer
        await hands.until(WatchReady)
        Path(once).touch()
        hands.edit(text.replace('"first"', '"edited"'))
        await hands.until(ProjectBack)
        assert "second second" in (await hands.until(RunFinished)).answer
        await hands.until(WatchReady)
        hands.edit(says("third"))
        assert "third" in (await hands.until(RunFinished)).answer
    answers = [each.answer for each in hands.screen.all(RunFinished)]
    assert not [each for each in answers if "edited second" in each]
    assert len(hands.screen.all(RunStarted)) == len(answers)
