"""What an agent wrote with its own tools is told apart from an edit."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from devloop.changes.own_writes import written_by_agents
from stigmer_api.facts import WRITTEN_ATTRIBUTE
from stigmerd.agents.builtins.files.place import Root
from stigmerd.agents.builtins.files.texts import TextReader
from stigmerd.agents.builtins.files.writing import write_file


@pytest.fixture
def written(tmp_path: Path) -> Path:
    write_file(Root(tmp_path), TextReader(), "a.md", "by an agent\n")
    try:
        os.getxattr(tmp_path / "a.md", WRITTEN_ATTRIBUTE)
    except OSError:
        pytest.skip("this file system has no such attributes")
    return tmp_path


def test_a_file_is_the_agents_until_somebody_edits_it(written: Path) -> None:
    (written / "b.md").write_text("by hand\n")
    assert written_by_agents(written, ["a.md"])
    assert not written_by_agents(written, ["b.md"])
    assert not written_by_agents(written, ["a.md", "b.md"])
    (written / "a.md").write_text("by hand\n")
    assert not written_by_agents(written, ["a.md"])
    (written / "a.md").unlink()
    assert not written_by_agents(written, ["a.md"])
