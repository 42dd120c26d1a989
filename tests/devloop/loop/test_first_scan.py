"""The program runs while the files are looked at for the first time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from devloop.loop.events import RunStarted, WatchReady
from devloop.watcher import WatchMode
from runcmd.events import Emit, RunFinished
from runcmd.pipeline import Connect
from runcmd.project import Project
from runcmd.synthesis.discover import discover
from runcmd.synthesis.manifest import Manifest
from tests.devloop.loop.looping import Looping, looping
from tests.devloop.loop.programs import says

BIG_BYTES = 250 << 20  # to read two of these takes longer than the program


class Discovering:
    """Runs the program, and acts right after it has read its files for the first time."""

    def __init__(self, act: Callable[[], object] = lambda: None) -> None:
        self.times = 0
        self._act = act

    async def __call__(self, project: Project, emit: Emit) -> Manifest:
        manifest = await discover(project, emit)
        self.times += 1
        if self.times == 1:
            self._act()
        return manifest


@pytest.fixture
def big_project(tmp_path: Path) -> Path:
    """It is looked at for a while, and at main.py in the end, if that is one of the files beside."""
    root = tmp_path / "project"
    root.mkdir()
    for name in ("a.bin", "b.bin"):
        with (root / name).open("wb") as file:
            file.truncate(BIG_BYTES)
    return root


async def answers(hands: Looping) -> list[str]:
    """Of all runs until one says "three", which is edited in now."""
    hands.edit(says("three"))
    while "three" not in (await hands.until(RunFinished)).answer:
        pass
    return [event.answer for event in hands.screen.all(RunFinished) if event.answer]


async def test_an_edit_after_the_program_has_read_runs_once(big_project: Path, connect: Connect) -> None:
    main = big_project / "main.py"
    discovering = Discovering(lambda: main.write_text(says("two")))
    async with looping(big_project, connect, says("one"), discover=discovering, extra=(main,)) as hands:
        while "two" not in (await hands.until(RunFinished)).answer:
            pass
        await hands.until(WatchReady)
        said = await answers(hands)
    assert ["two" in each for each in said[-2:]] == [True, False]
    assert all("one" in each for each in said[:-2])


@pytest.mark.parametrize("watcher", WatchMode)
async def test_without_an_edit_the_program_runs_once(
    big_project: Path, connect: Connect, watcher: WatchMode
) -> None:
    discovering = Discovering()
    async with looping(big_project, connect, says("one"), discover=discovering, watcher=watcher) as hands:
        await hands.until(WatchReady)
        assert discovering.times == 1


async def test_what_the_program_writes_itself_is_no_change(big_project: Path, connect: Connect) -> None:
    """The same each time: it is prepared once more, and runs once."""
    program = says("one") + "from pathlib import Path\nPath('made.txt').write_text('made')\n"
    discovering = Discovering()
    async with looping(big_project, connect, program, discover=discovering) as hands:
        await hands.until(WatchReady)
        said = await answers(hands)
    assert len(said) == len(hands.screen.all(RunStarted)) == 2
    assert discovering.times >= 2
