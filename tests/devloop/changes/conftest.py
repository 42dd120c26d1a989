"""A project to be watched."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.devloop.changes.watched import Watched


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    root = tmp_path / "project"
    root.mkdir()
    made = Watched(root)
    made.write("main.py", "print(1)")
    made.write("prompts/review.md", "Review this.")
    return made
