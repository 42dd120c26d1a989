"""Whatever happens to a file or directory, an event leads there."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import anyio
import pytest

from devloop.watcher import RawEvent, WatchMode, open_watcher
from tests.devloop.watcher.tracking import ignored, tracking

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
    async with tracking(root, mode) as tracker:
        assert tracker.watcher.name == mode.value
        assert tracker.watcher.notes == ()
        new = root / "prompts" / "new.md"
        for act in (
            lambda: new.write_text("one"),
            lambda: new.write_text("two"),
            lambda: new.rename(root / "moved.md"),
            lambda: (root / "moved.md").unlink(),
        ):
            act()
            await tracker.catches_up()


async def test_only_what_changed_is_named(root: Path, mode: WatchMode) -> None:
    async with tracking(root, mode) as tracker:
        (root / "main.py").write_text("two")
        await tracker.catches_up()
        assert {path for event in tracker.events for path in event.paths} == {root / "main.py"}
        assert not any(event.lost for event in tracker.events)


async def test_an_editor_replaces_a_file(root: Path, mode: WatchMode) -> None:
    async with tracking(root, mode) as tracker:
        for text in ("two", "three", "four"):
            other = root / ".main.py.tmp"
            other.write_text(text)
            other.replace(root / "main.py")
            await tracker.catches_up()


async def test_an_editor_moves_the_old_file_away_first(root: Path, mode: WatchMode) -> None:
    async with tracking(root, mode) as tracker:
        for text in ("two", "three"):
            (root / "main.py").rename(root / "main.py~")
            (root / "main.py").write_text(text)
            (root / "main.py~").unlink()
            await tracker.catches_up()


async def test_twenty_quick_changes_of_one_size(root: Path, mode: WatchMode) -> None:
    async with tracking(root, mode) as tracker:
        for number in range(10, 30):
            (root / "main.py").write_text(str(number))
            await tracker.catches_up()


async def test_directories_come_move_and_go(root: Path, tmp_path: Path, mode: WatchMode) -> None:
    async with tracking(root, mode) as tracker:
        (root / "a" / "b").mkdir(parents=True)
        (root / "a" / "b" / "file").write_text("one")
        await tracker.catches_up()
        (root / "a").rename(root / "c")
        await tracker.catches_up()
        (root / "c" / "b" / "file").write_text("two")
        await tracker.catches_up()
        (root / "c" / "b").rename(tmp_path / "away")
        await tracker.catches_up()
        (tmp_path / "away" / "file").write_text("three")
        (tmp_path / "away").rename(root / "back")
        await tracker.catches_up()
        (root / "back" / "file").write_text("four")
        await tracker.catches_up()


async def test_a_directory_is_moved_in_whole(root: Path, tmp_path: Path, mode: WatchMode) -> None:
    inner = tmp_path / "outside" / "inner"
    inner.mkdir(parents=True)
    (inner / "file").write_text("one")
    async with tracking(root, mode) as tracker:
        (tmp_path / "outside").rename(root / "inside")
        await tracker.catches_up()
        (root / "inside" / "inner" / "file").write_text("two")
        await tracker.catches_up()


async def test_a_directory_takes_the_name_of_another(root: Path, mode: WatchMode) -> None:
    async with tracking(root, mode) as tracker:
        for number in range(5):
            (root / "prompts").rename(root / f"old{number}")
            (root / "prompts").mkdir()
            (root / "prompts" / "review.md").write_text(f"new {number}")
            await tracker.catches_up()
            (root / "prompts" / "review.md").write_text(f"newer {number}")
            (root / f"old{number}" / "review.md").write_text(f"old {number}")
            await tracker.catches_up()


async def test_a_file_becomes_a_directory_and_back(root: Path, mode: WatchMode) -> None:
    async with tracking(root, mode) as tracker:
        (root / "main.py").unlink()
        (root / "main.py").mkdir()
        (root / "main.py" / "file").write_text("one")
        await tracker.catches_up()
        (root / "main.py" / "file").unlink()
        (root / "main.py").rmdir()
        (root / "main.py").write_text("two")
        await tracker.catches_up()


@pytest.mark.parametrize(
    "program", [MANY_FILES, DEEP_FILES], ids=["ten thousand", "first in a new directory"]
)
async def test_no_file_of_a_storm_is_missed(root: Path, mode: WatchMode, program: str) -> None:
    async with tracking(root, mode) as tracker:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(tracker.goes_on)
            await anyio.run_process([sys.executable, "-c", program, str(root)])
            tasks.cancel_scope.cancel()
        await tracker.catches_up()
        next(root.rglob("*.txt")).write_text("later")
        await tracker.catches_up()


async def test_names_that_are_no_text(root: Path, mode: WatchMode) -> None:
    async with tracking(root, mode) as tracker:
        (root / os.fsdecode(b"caf\xe9 \n name")).write_text("one")
        await tracker.catches_up()


async def test_inotify_can_say_at_once_what_has_happened(root: Path, mode: WatchMode) -> None:
    async with open_watcher(root, ignored, mode=mode) as watcher:
        before = watcher.drain()
        (root / "main.py").write_text("two")
        after = watcher.drain()
        if mode is WatchMode.INOTIFY:
            assert (before, after) == ((), (RawEvent(frozenset({root / "main.py"})),))
        else:
            assert (before, after) == (None, None)


@pytest.mark.skipif(sys.platform != "linux", reason="inotify")
async def test_what_was_said_at_once_is_not_said_again(root: Path) -> None:
    async with open_watcher(root, ignored, mode=WatchMode.INOTIFY) as watcher:
        (root / "main.py").write_text("two")
        watcher.drain()
        assert watcher.drain() == ()
        (root / "other.py").write_text("two")
        async for event in watcher.events():
            assert event.paths == {root / "other.py"}
            break
