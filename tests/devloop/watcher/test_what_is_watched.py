"""The directories that count, wherever they are, and no other."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from devloop.watcher import WatchMode
from tests.devloop.watcher.tracking import ignored, long_ago, nothing_ignored, tracking, watched_inodes


async def test_ignored_trees_are_not_watched(root: Path, mode: WatchMode) -> None:
    for number in range(200):
        (root / "node_modules" / str(number)).mkdir(parents=True)
    async with tracking(root, mode) as tracker:
        (root / "ignored" / "below").mkdir(parents=True)
        (root / "prompts" / "node_modules").mkdir()
        (root / "prompts" / "node_modules" / "file").write_text("one")
        (root / "node_modules" / "7" / "file").write_text("one")
        (root / "ignored" / "below" / "file").write_text("one")
        (root / "main.py").write_text("two")
        await tracker.catches_up()
        assert not tracker.was_led_to(root / "node_modules" / "7" / "file")
        assert not tracker.was_led_to(root / "ignored" / "below" / "file")
        watched = watched_inodes()
        counted = {folder.stat().st_ino for folder in (root, root / "prompts")}
        below = [
            path for name in ("ignored", "node_modules") for path in (root / name, *(root / name).rglob("*"))
        ]
        assert len(below) > 200
        assert not watched & {path.stat().st_ino for path in below}
        assert counted <= watched or mode is WatchMode.SCAN


async def test_other_ignore_rules(root: Path, mode: WatchMode) -> None:
    (root / "ignored").mkdir()
    (root / "ignored" / "file").write_text("one")
    async with tracking(root, mode) as tracker:
        tracker.prune = nothing_ignored
        tracker.watcher.refresh(nothing_ignored)
        await tracker.catches_up()
        (root / "ignored" / "file").write_text("two")
        await tracker.catches_up()
        tracker.prune = ignored
        tracker.watcher.refresh(ignored)
        await tracker.catches_up()
        tracker.events.clear()
        (root / "ignored" / "file").write_text("three")
        (root / "main.py").write_text("two")
        await tracker.catches_up()
        assert not tracker.was_led_to(root / "ignored" / "file")
        assert (root / "ignored").stat().st_ino not in watched_inodes()


async def test_the_root_is_replaced(root: Path, tmp_path: Path, mode: WatchMode) -> None:
    other = tmp_path / "other"
    shutil.copytree(root, other)
    async with tracking(root, mode) as tracker:
        root.rename(tmp_path / "old")
        other.rename(root)
        (root / "main.py").write_text("two")
        await tracker.catches_up()
        (root / "prompts" / "review.md").write_text("two")
        await tracker.catches_up()


async def test_the_root_goes_and_comes_back(root: Path, mode: WatchMode) -> None:
    async with tracking(root, mode) as tracker:
        for number in range(3):
            shutil.rmtree(root)
            await tracker.catches_up()
            (root / "prompts").mkdir(parents=True)
            (root / "prompts" / "review.md").write_text(f"{number}")
            await tracker.catches_up()
            (root / "prompts" / "review.md").write_text(f"{number} and more")
            await tracker.catches_up()


async def test_the_root_goes_while_somebody_is_in_it(
    root: Path, mode: WatchMode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(root)
    async with tracking(root, mode) as tracker:
        shutil.rmtree(root)
        await tracker.catches_up()
        root.mkdir()
        (root / "main.py").write_text("two")
        await tracker.catches_up()


async def test_a_directory_above_the_root_moves(tmp_path: Path, mode: WatchMode) -> None:
    root = tmp_path / "a" / "b" / "project"
    root.mkdir(parents=True)
    (root / "main.py").write_text("one")
    long_ago(root)
    async with tracking(root, mode) as tracker:
        (tmp_path / "a").rename(tmp_path / "c")
        await tracker.catches_up()
        (tmp_path / "c").rename(tmp_path / "a")
        await tracker.catches_up()
        (root / "main.py").write_text("two")
        await tracker.catches_up()


async def test_the_root_is_a_link_that_is_turned(root: Path, tmp_path: Path, mode: WatchMode) -> None:
    shutil.copytree(root, tmp_path / "release2")
    (tmp_path / "release2" / "main.py").write_text("two")
    link = tmp_path / "current"
    link.symlink_to("project")
    async with tracking(link, mode) as tracker:
        (root / "main.py").write_text("one and a half")
        await tracker.catches_up()
        (tmp_path / "next").symlink_to("release2")
        (tmp_path / "next").replace(link)
        await tracker.catches_up()
        (tmp_path / "release2" / "main.py").write_text("three")
        await tracker.catches_up()


async def test_links_to_directories(root: Path, tmp_path: Path, mode: WatchMode) -> None:
    shared, inner = tmp_path / "shared", root / "prompts"
    (shared / "deep").mkdir(parents=True)
    (shared / "deep" / "file").write_text("one")
    (root / "there").symlink_to(shared)
    async with tracking(root, mode) as tracker:
        (shared / "deep" / "file").write_text("two")
        await tracker.catches_up()
        (root / "later").symlink_to(inner, target_is_directory=True)
        await tracker.catches_up()
        (inner / "review.md").write_text("two")
        await tracker.catches_up()
        (root / "later").unlink()
        (root / "later").symlink_to(shared / "deep")
        await tracker.catches_up()
        (shared / "deep" / "file").write_text("three")
        await tracker.catches_up()


async def test_what_a_link_points_to_is_replaced(root: Path, tmp_path: Path, mode: WatchMode) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    (shared / "file").write_text("one")
    (root / "there").symlink_to("../shared")
    async with tracking(root, mode) as tracker:
        for number in range(3):
            shared.rename(tmp_path / f"old{number}")
            await tracker.catches_up()
            shared.mkdir()
            (shared / "file").write_text(f"{number}")
            await tracker.catches_up()
            (shared / "file").write_text(f"{number} and more")
            await tracker.catches_up()


async def test_links_in_circles(root: Path, mode: WatchMode) -> None:
    (root / "a").mkdir()
    (root / "b").mkdir()
    (root / "a" / "up").symlink_to("..")
    (root / "a" / "other").symlink_to("../b")
    (root / "b" / "other").symlink_to("../a")
    (root / "self").symlink_to("self")
    async with tracking(root, mode) as tracker:
        (root / "b" / "file").write_text("one")
        await tracker.catches_up()
        (root / "b" / "again").symlink_to(".")
        (root / "a" / "file").write_text("one")
        await tracker.catches_up()


async def test_single_files_outside(root: Path, tmp_path: Path, mode: WatchMode) -> None:
    outside, missing = tmp_path / "settings" / ".env", tmp_path / "not" / "yet" / ".env"
    outside.parent.mkdir()
    outside.write_text("A=1")
    async with tracking(root, mode, extra=(outside, missing)) as tracker:
        (outside.parent / "unrelated").write_text("one")
        outside.write_text("A=2")
        await tracker.catches_up()
        (outside.parent / "new").write_text("A=3")
        (outside.parent / "new").replace(outside)
        await tracker.catches_up()
        outside.write_text("A=4")
        await tracker.catches_up()
        outside.unlink()
        await tracker.catches_up()
        missing.parent.mkdir(parents=True)
        missing.write_text("B=1")
        await tracker.catches_up()
        missing.write_text("B=2")
        await tracker.catches_up()
        shutil.rmtree(tmp_path / "not")
        await tracker.catches_up()
        assert not tracker.was_led_to(outside.parent / "unrelated")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
async def test_a_directory_is_opened_to_us(root: Path, mode: WatchMode) -> None:
    (root / "prompts").chmod(0)
    async with tracking(root, mode) as tracker:
        (root / "prompts").chmod(0o700)
        await tracker.catches_up()
        (root / "prompts" / "review.md").write_text("two")
        await tracker.catches_up()
