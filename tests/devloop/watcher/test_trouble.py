"""Dropped events, no watches left, and nothing left behind."""

from __future__ import annotations

import gc
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import anyio
import pytest

from devloop.watcher import WatchMode, open_watcher
from tests.devloop.watcher import limited
from tests.devloop.watcher.tracking import ignored, tracking
from tests.support.paths import ROOT
from tests.support.poll import until

QUEUE = Path("/proc/sys/fs/inotify/max_queued_events")
NO_NAMESPACE = (
    "no user namespaces here"
    if shutil.which("unshare") is None
    or subprocess.run(["unshare", "-Ur", "true"], capture_output=True, check=False).returncode
    else ""
)


@pytest.mark.skipif(not QUEUE.exists(), reason="inotify is there on Linux only")
async def test_dropped_events_are_told(root: Path) -> None:
    async with tracking(root, WatchMode.INOTIFY) as tracker:
        for number in range(int(QUEUE.read_text())):
            os.utime(root / ("main.py" if number % 2 else "prompts/review.md"))
        # Nobody hears of these.
        (root / "new" / "deep").mkdir(parents=True)
        (root / "new" / "deep" / "file").write_text("one")
        (root / "prompts").rename(root / "renamed")
        await tracker.catches_up()
        assert any(event.lost for event in tracker.events)
        (root / "new" / "deep" / "file").write_text("two")
        (root / "renamed" / "review.md").write_text("two")
        await tracker.catches_up()
        assert tracker.watcher.name == "inotify"


@pytest.mark.skipif(bool(NO_NAMESPACE), reason=NO_NAMESPACE)
@pytest.mark.parametrize(
    ("setting", "limit", "directories", "before", "advice"),
    [
        ("max_inotify_watches", 3, 2, "scan", "sudo sysctl fs.inotify.max_user_watches="),
        ("max_inotify_watches", 40, 60, "same", "sudo sysctl fs.inotify.max_user_watches="),
        ("max_inotify_instances", 0, 2, "scan", "sudo sysctl fs.inotify.max_user_instances="),
    ],
    ids=["too few watches", "watches run out", "no instances"],
)
@pytest.mark.parametrize("mode", [WatchMode.AUTO, WatchMode.INOTIFY, WatchMode.WATCHFILES])
def test_limits_of_the_system(
    root: Path, mode: WatchMode, setting: str, limit: int, directories: int, before: str, advice: str
) -> None:
    for number in range(5):
        (root / f"more{number}").mkdir()
    done = subprocess.run(
        [
            "unshare",
            "-Ur",
            sys.executable,
            limited.__file__,
            root,
            mode,
            setting,
            str(limit),
            str(directories),
        ],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    first, last, *notes = done.stdout.splitlines()
    name = "inotify" if mode is WatchMode.AUTO else mode.value
    assert (first, last) == (name if before == "same" else "scan", "scan")
    assert len(notes) == 1
    assert advice in notes[0]
    assert "polling" in notes[0]


async def test_nothing_is_left_after_closing(root: Path, mode: WatchMode) -> None:
    await _open_and_close(root, mode)  # what is imported once stays
    before = _belongings()
    for _ in range(10):
        await _open_and_close(root, mode)
    gc.collect()
    # watchfiles ends its thread when it gets to it
    await until(lambda: all(now <= then for now, then in zip(_belongings(), before, strict=True)))


async def test_the_events_end_with_the_watcher(root: Path, mode: WatchMode) -> None:
    async with open_watcher(root, ignored, mode=mode) as watcher:
        events = watcher.events()
    assert [event async for event in events] == []


async def test_events_wait_for_their_reader(root: Path, mode: WatchMode) -> None:
    async with tracking(root, mode) as tracker:
        (root / "main.py").write_text("two")
        with anyio.move_on_after(0.05):
            await tracker.next()
        await tracker.catches_up()


async def _open_and_close(root: Path, mode: WatchMode) -> None:
    async with tracking(root, mode) as tracker:
        (root / "main.py").write_text(os.urandom(4).hex())
        await tracker.catches_up()
        tracker.watcher.refresh(ignored)


def _belongings() -> tuple[int, int, int]:
    """Open files, threads of Python, threads of the system."""
    tasks = Path("/proc/self/task")
    files = Path("/proc/self/fd")
    return (
        len(list(files.iterdir())) if files.exists() else 0,
        threading.active_count(),
        len(list(tasks.iterdir())) if tasks.exists() else 0,
    )
