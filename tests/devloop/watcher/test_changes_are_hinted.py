"""Whatever happens to a file or directory, a hint leads there."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import anyio
import pytest

from devloop.watcher import Hint, WatchMode, open_watcher
from tests.devloop.watcher.looking import ignored, looking

MANY_FILES = """
import pathlib, sys
root = pathlib.Path(sys.argv[1])
for folder in range(100):
    (root / f"d{folder}").mkdir()
    for name in range(100):
        (root / f"d{folder}" / f"{name}.txt").write_text("x")
"""
DEEP_FILES = """
import pathlib, sys
root = pathlib.Path(sys.argv[1])
for number in range(300):
    folder = root / str(number) / "x" / "y"
    folder.mkdir(parents=True)
    (folder / "first.txt").write_text("x")
"""


async def test_a_file_comes_changes_and_goes(root: Path, mode: WatchMode) -> None:
    async with looking(root, mode) as looker:
        assert looker.watcher.name == mode.value
        assert looker.watcher.notes == ()
        new = root / "prompts" / "new.md"
        for act in (
            lambda: new.write_text("one"),
            lambda: new.write_text("two"),
            lambda: new.rename(root / "moved.md"),
            lambda: (root / "moved.md").unlink(),
        ):
            act()
            await looker.catches_up()


async def test_only_what_changed_is_named(root: Path, mode: WatchMode) -> None:
    async with looking(root, mode) as looker:
        (root / "main.py").write_text("two")
        await looker.catches_up()
        assert {path for hint in looker.hinted for path in hint.paths} == {root / "main.py"}
        assert not any(hint.lost for hint in looker.hinted)


async def test_an_editor_replaces_a_file(root: Path, mode: WatchMode) -> None:
    async with looking(root, mode) as looker:
        for text in ("two", "three", "four"):
            other = root / ".main.py.tmp"
            other.write_text(text)
            other.replace(root / "main.py")
            await looker.catches_up()


async def test_an_editor_moves_the_old_file_away_first(root: Path, mode: WatchMode) -> None:
    async with looking(root, mode) as looker:
        for text in ("two", "three"):
            (root / "main.py").rename(root / "main.py~")
            (root / "main.py").write_text(text)
            (root / "main.py~").unlink()
            await looker.catches_up()


async def test_twenty_quick_changes_of_one_size(root: Path, mode: WatchMode) -> None:
    async with looking(root, mode) as looker:
        for number in range(10, 30):
            (root / "main.py").write_text(str(number))
            await looker.catches_up()


async def test_directories_come_move_and_go(root: Path, tmp_path: Path, mode: WatchMode) -> None:
    async with looking(root, mode) as looker:
        (root / "a" / "b").mkdir(parents=True)
        (root / "a" / "b" / "file").write_text("one")
        await looker.catches_up()
        (root / "a").rename(root / "c")
        await looker.catches_up()
        (root / "c" / "b" / "file").write_text("two")
        await looker.catches_up()
        (root / "c" / "b").rename(tmp_path / "away")
        await looker.catches_up()
        (tmp_path / "away" / "file").write_text("three")
        (tmp_path / "away").rename(root / "back")
        await looker.catches_up()
        (root / "back" / "file").write_text("four")
        await looker.catches_up()


async def test_a_directory_is_moved_in_whole(root: Path, tmp_path: Path, mode: WatchMode) -> None:
    inner = tmp_path / "outside" / "inner"
    inner.mkdir(parents=True)
    (inner / "file").write_text("one")
    async with looking(root, mode) as looker:
        (tmp_path / "outside").rename(root / "inside")
        await looker.catches_up()
        (root / "inside" / "inner" / "file").write_text("two")
        await looker.catches_up()


async def test_a_directory_takes_the_name_of_another(root: Path, mode: WatchMode) -> None:
    async with looking(root, mode) as looker:
        for number in range(5):
            (root / "prompts").rename(root / f"old{number}")
            (root / "prompts").mkdir()
            (root / "prompts" / "review.md").write_text(f"new {number}")
            await looker.catches_up()
            (root / "prompts" / "review.md").write_text(f"newer {number}")
            (root / f"old{number}" / "review.md").write_text(f"old {number}")
            await looker.catches_up()


async def test_a_file_becomes_a_directory_and_back(root: Path, mode: WatchMode) -> None:
    async with looking(root, mode) as looker:
        (root / "main.py").unlink()
        (root / "main.py").mkdir()
        (root / "main.py" / "file").write_text("one")
        await looker.catches_up()
        (root / "main.py" / "file").unlink()
        (root / "main.py").rmdir()
        (root / "main.py").write_text("two")
        await looker.catches_up()


@pytest.mark.parametrize(
    "program", [MANY_FILES, DEEP_FILES], ids=["ten thousand", "first in a new directory"]
)
async def test_no_file_of_a_storm_is_missed(root: Path, mode: WatchMode, program: str) -> None:
    async with looking(root, mode) as looker:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(looker.goes_on)
            await anyio.run_process([sys.executable, "-c", program, str(root)])
            tasks.cancel_scope.cancel()
        await looker.catches_up()
        next(root.rglob("*.txt")).write_text("later")
        await looker.catches_up()


async def test_names_that_are_no_text(root: Path, mode: WatchMode) -> None:
    async with looking(root, mode) as looker:
        (root / os.fsdecode(b"caf\xe9 \n name")).write_text("one")
        await looker.catches_up()


async def test_inotify_can_say_at_once_what_has_happened(root: Path, mode: WatchMode) -> None:
    async with open_watcher(root, ignored, mode=mode) as watcher:
        before = watcher.heard()
        (root / "main.py").write_text("two")
        after = watcher.heard()
        if mode is WatchMode.INOTIFY:
            assert (before, after) == ((), (Hint(frozenset({root / "main.py"})),))
        else:
            assert (before, after) == (None, None)


@pytest.mark.skipif(sys.platform != "linux", reason="inotify")
async def test_what_was_said_at_once_is_not_said_again(root: Path) -> None:
    async with open_watcher(root, ignored, mode=WatchMode.INOTIFY) as watcher:
        (root / "main.py").write_text("two")
        watcher.heard()
        assert watcher.heard() == ()
        (root / "other.py").write_text("two")
        async for hint in watcher.hints():
            assert hint.paths == {root / "other.py"}
            break
