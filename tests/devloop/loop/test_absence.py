"""What the loop does while the project's directory is gone, and when it is back."""

from __future__ import annotations

import shutil
from pathlib import Path

import anyio
import pytest

from devloop.changes.place import PlaceBack, PlaceGone
from devloop.loop.events import (
    ChangeSeen,
    EditBroken,
    KeyAnswered,
    ProjectBack,
    ProjectGone,
    RunStarted,
    WatchReady,
)
from devloop.watcher import WatchMode
from runcmd.events import RunFinished, TaskStarted
from runcmd.pipeline import Connect
from tests.devloop.loop.edits import editing, ends
from tests.devloop.loop.looping import looping
from tests.devloop.loop.programs import says, waits
from tests.support.files import exchange, turn
from tests.support.project import write_project
from tests.support.weak_server import WeakServer

WATCHERS = [WatchMode.INOTIFY, WatchMode.WATCHFILES, WatchMode.SCAN]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "project"


@pytest.mark.parametrize("watcher", WATCHERS)
async def test_moved_away_edited_and_moved_back(place: Path, connect: Connect, watcher: WatchMode) -> None:
    away = place.with_name("away")
    async with looping(place, connect, says("one"), watcher=watcher) as hands:
        await hands.until(WatchReady)
        place.rename(away)
        assert (await hands.until(ProjectGone)).missing == str(place)
        (away / "main.py").write_text(says("two"))
        away.rename(place)
        back = await hands.until(ProjectBack)
        assert (back.place, back.replaced, back.seconds > 0) == (str(place), False, True)
        assert (await hands.until(RunStarted)).changed == ("main.py",)
        assert "two" in (await hands.until(RunFinished)).answer
        await hands.until(WatchReady)
        hands.edit(says("three"))
        assert "three" in (await hands.until(RunFinished)).answer
    assert hands.screen.all(EditBroken) == []


async def test_moved_away_and_back_runs_nothing(place: Path, connect: Connect) -> None:
    away = place.with_name("away")
    async with looping(place, connect, says("one")) as hands:
        await hands.until(WatchReady)
        place.rename(away)
        await hands.until(ProjectGone)
        away.rename(place)
        await hands.until(ProjectBack)
        await hands.until(WatchReady)
        hands.edit(says("two"))
        await hands.until(RunStarted)
        await hands.until(WatchReady)
    assert [each.gen for each in hands.screen.all(ChangeSeen)] == [2]
    assert len(hands.screen.all(RunStarted)) == 2


async def test_a_run_goes_on_meanwhile(place: Path, connect: Connect) -> None:
    away = place.with_name("away")
    async with looping(place, connect, waits("one")) as hands:
        await hands.until(TaskStarted, task="pause")
        place.rename(away)
        await hands.until(ProjectGone)
        assert len(await hands.live()) == 1
        away.rename(place)
        await hands.until(ProjectBack)
        assert len(await hands.live()) == 1
        hands.edit(says("two", "slow"))
        await hands.until(RunFinished)  # of the one before
        assert "two" in (await hands.until(RunFinished)).answer
    assert hands.screen.all(EditBroken) == []


async def test_a_run_that_is_asked_for_starts_when_it_is_back(place: Path, connect: Connect) -> None:
    away = place.with_name("away")
    async with looping(place, connect, says("one"), keys=lambda: True) as hands:
        await hands.until(WatchReady)
        place.rename(away)
        await hands.until(ProjectGone)
        hands.loop.press("r")
        assert (await hands.until(KeyAnswered)).text == (f"{place} is gone; the run starts when it is back")
        away.rename(place)
        await hands.until(ProjectBack)
        assert (await hands.until(RunStarted)).cause.value == "request"
        await hands.until(WatchReady)
    assert len(hands.screen.all(RunStarted)) == 2
    assert hands.screen.all(EditBroken) == []


async def test_what_failed_because_it_was_gone_comes_to_nothing(place: Path, connect: Connect) -> None:
    """The program itself moves the project away, before anybody could say that it is gone."""
    away = place.with_name("away")
    program = (
        f"import os\nif os.path.exists({str(place / 'go')!r}):\n"
        f"    os.rename({str(place)!r}, {str(away)!r}); raise SystemExit(7)\n"
    )
    async with looping(place, connect, program + says("one")) as hands:
        await hands.until(WatchReady)
        hands.edit("", "go")
        await hands.until(ProjectGone)
        (away / "go").unlink()
        (away / "other").touch()
        away.rename(place)
        await hands.until(ProjectBack)
        await hands.until(WatchReady)
        hands.edit(says("two"))
        assert "two" in (await hands.until(RunFinished)).answer
    assert len(hands.screen.all(RunStarted)) == 2


async def test_the_same_files_are_tried_again(place: Path, connect: Connect) -> None:
    away = place.with_name("away")
    program = (
        f"import os\nif os.path.exists({str(place.with_name('go'))!r}):\n"
        f"    os.rename({str(place)!r}, {str(away)!r}); raise SystemExit(7)\n"
    )
    async with looping(place, connect, program + says("one")) as hands:
        await hands.until(WatchReady)
        place.with_name("go").touch()
        hands.edit(program + says("two"))
        await hands.until(ProjectGone)
        place.with_name("go").unlink()
        away.rename(place)
        await hands.until(ProjectBack)
        assert "two" in (await hands.until(RunFinished)).answer


async def test_another_directory_takes_its_place(place: Path, connect: Connect, tmp_path: Path) -> None:
    other = write_project(tmp_path / "other", says("two"))
    async with looping(place, connect, says("one")) as hands:
        await hands.until(WatchReady)
        exchange(place, other)
        back = await hands.until(ProjectBack)
        assert (back.replaced, back.seconds) == (True, 0)
        assert "two" in (await hands.until(RunFinished)).answer
        await hands.until(WatchReady)
        hands.edit(says("three"))
        assert "three" in (await hands.until(RunFinished)).answer
        await hands.until(WatchReady)
        (other / "main.py").write_text(says("of no interest"))  # where the first one is now
        hands.edit(says("four"))
        assert "four" in (await hands.until(RunFinished)).answer
    assert hands.screen.all(ProjectGone) == []


async def test_a_link_turns(tmp_path: Path, connect: Connect) -> None:
    first, second = (write_project(tmp_path / name, says(name)) for name in ("first", "second"))
    current = tmp_path / "current"
    current.symlink_to(first)
    async with looping(current, connect, says("first")) as hands:
        await hands.until(WatchReady)
        turn(current, second)
        assert (await hands.until(ProjectBack)).target == str(second)
        assert "second" in (await hands.until(RunFinished)).answer
        await hands.until(WatchReady)
        hands.edit(says("third"))
        assert "third" in (await hands.until(RunFinished)).answer


async def test_modules_and_prompts_are_those_of_the_new_place(tmp_path: Path, connect: Connect) -> None:
    """Whatever was warm of the old one; also for files that are read by their real names."""
    program = (
        "from pathlib import Path\nimport words\nfrom stigmer import Workflow\n"
        "text = (Path(__file__).resolve().parent / 'prompt.md').read_text()\n"
        "Workflow('greet').set('say', text=text + words.WORD)\n"
    )
    homes = [write_project(tmp_path / name, program) for name in ("first", "second")]
    for home in homes:
        (home / "prompt.md").write_text(f"prompt of {home.name}, ")
        (home / "words.py").write_text(f"WORD = 'word of {home.name}'\n")
    current = tmp_path / "current"
    current.symlink_to(homes[0])
    async with looping(current, connect, program) as hands:
        assert "prompt of first, word of first" in (await hands.until(RunFinished)).answer
        await hands.until(WatchReady)
        turn(current, homes[1])
        assert "prompt of second, word of second" in (await hands.until(RunFinished)).answer
        await hands.until(WatchReady)
        (homes[1] / "prompt.md").write_text("another, ")
        assert "another, word of second" in (await hands.until(RunFinished)).answer
        await hands.until(WatchReady)
        turn(current, homes[0])
        assert "prompt of first, word of first" in (await hands.until(RunFinished)).answer


async def test_deleted_with_a_program_at_work(place: Path, connect: Connect, tmp_path: Path) -> None:
    other = write_project(tmp_path / "other", says("two"))
    async with looping(place, connect, says("one")) as hands:
        await hands.until(WatchReady)
        shutil.rmtree(place)
        await hands.until(ProjectGone)
        other.rename(place)
        assert (await hands.until(ProjectBack)).replaced
        assert "two" in (await hands.until(RunFinished)).answer


async def test_what_fails_once_it_is_gone_is_not_reported(server: WeakServer) -> None:
    """And runs, for what changed, when it is back with the same files."""
    ends(server)
    at_work, goes_on = anyio.Event(), anyio.Event()
    first = True

    async def before_program_ends() -> None:
        nonlocal first
        if not first:
            at_work.set()
            await goes_on.wait()
        first = False

    async with editing(server, before_program_ends=before_program_ends) as loop:
        await loop.until(WatchReady)
        loop.edit(main="broken")
        await at_work.wait()
        loop.place(PlaceGone("/usr"))
        goes_on.set()
        await anyio.wait_all_tasks_blocked()
        loop.edit(main="two")
        loop.place(PlaceBack(place="/usr", target="", replaced=False, changed=False))
        assert (await loop.until(RunStarted)).changed == ("main",)
        await loop.until(WatchReady)
    assert loop.screen.all(EditBroken) == []
