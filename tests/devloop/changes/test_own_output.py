"""The log of a loop is not a part of what it watches."""

from __future__ import annotations

import os
from pathlib import Path

from devloop.changes.own_output import own_files


def test_files_below_the_root_are_named(tmp_path: Path) -> None:
    project = tmp_path / "project"
    (project / "logs").mkdir(parents=True)
    with (
        (project / "logs" / "run [1].txt").open("w") as inside,
        (tmp_path / "other.txt").open("w") as outside,
    ):
        assert own_files(project, (inside.fileno(), outside.fileno())) == {"logs/run [1].txt"}


def test_a_project_behind_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    with (tmp_path / "link" / "log.txt").open("w") as log:
        assert own_files(tmp_path / "link", (log.fileno(),)) == {"log.txt"}


def test_pipes_and_closed_ones_have_none(tmp_path: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    assert own_files(tmp_path, (write, read)) == frozenset()
    os.close(write)
