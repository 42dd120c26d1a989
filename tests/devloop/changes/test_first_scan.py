"""Did anything happen during the first scan?"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable

import pytest

from devloop.changes.settings import ChangeSettings
from devloop.watcher import WatchMode
from tests.devloop.changes.watched import Watched

Act = Callable[[Watched], object]

# Only the kernel reports at once.
INOTIFY = ChangeSettings(rescan_seconds=60, mode=WatchMode.INOTIFY)
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="inotify")


@pytest.mark.parametrize(
    "act",
    [
        lambda project: project.write("main.py", "print(2)"),
        lambda project: (project.root / "main.py").touch(),
        lambda project: (project.root / "main.py").unlink(),
        lambda project: (project.root / "main.py").rename(project.root / "other.py"),
        lambda project: shutil.rmtree(project.root / "prompts"),
        lambda project: project.write("deep/er/new.md"),
        lambda project: project.write(".gitignore", "*.md\n"),
        lambda project: project.root.rename(project.root.parent / "away"),
    ],
    ids=["edit", "touch", "delete", "rename", "delete a directory", "create", "rules", "move it all"],
)
async def test_something_happened(watched: Watched, act: Act) -> None:
    async with watched.watched(INOTIFY, on_first_scan=lambda: act(watched)) as changes:
        assert not changes.undisturbed


@pytest.mark.parametrize(
    "act",
    [
        lambda project: None,
        lambda project: project.read("main.py"),
        lambda project: project.write("__pycache__/main.cpython-311.pyc"),
        lambda project: project.write("main.py~"),
        lambda project: os.utime(project.root.parent),
    ],
    ids=["nothing", "read", "ignored directory", "ignored file", "beside it"],
)
async def test_nothing_happened(watched: Watched, act: Act) -> None:
    async with watched.watched(INOTIFY, on_first_scan=lambda: act(watched)) as changes:
        assert changes.undisturbed


async def test_what_the_scan_saw_is_no_change(watched: Watched) -> None:
    async with watched.watched(
        INOTIFY, on_first_scan=lambda: watched.write("main.py", "print(2)")
    ) as changes:
        assert not changes.undisturbed
        await watched.nothing_more()


@pytest.mark.parametrize("mode", [WatchMode.WATCHFILES, WatchMode.SCAN])
async def test_a_watcher_with_a_delay_cannot_say(watched: Watched, mode: WatchMode) -> None:
    called: list[bool] = []
    async with watched.watched(
        ChangeSettings(mode=mode), on_first_scan=lambda: called.append(True)
    ) as changes:
        assert (called, changes.undisturbed) == ([], False)
