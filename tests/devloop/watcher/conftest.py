"""Each test runs with each watcher."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from devloop.watcher import WatchMode
from tests.devloop.watcher.tracking import long_ago


@pytest.fixture(params=[WatchMode.INOTIFY, WatchMode.WATCHFILES, WatchMode.SCAN])
def mode(request: pytest.FixtureRequest) -> WatchMode:
    mode: WatchMode = request.param
    if mode is WatchMode.INOTIFY and sys.platform != "linux":
        pytest.skip("inotify is there on Linux only")
    return mode


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    (root / "prompts").mkdir(parents=True)
    (root / "main.py").write_text("one")
    (root / "prompts" / "review.md").write_text("one")
    long_ago(root)
    return root
