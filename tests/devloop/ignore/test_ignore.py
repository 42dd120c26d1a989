"""What counts in a project."""

from __future__ import annotations

from pathlib import Path

from devloop.ignore import Ignore


def test_the_reason_names_file_line_and_pattern(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("# comment\n*.log\n")
    assert str(Ignore.load(tmp_path).ignores("run.log", False)) == ".gitignore:2: *.log"


def test_the_last_matching_line_wins(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("*.log\n!keep.log\n")
    ignore = Ignore.load(tmp_path)
    assert ignore.ignores("run.log", False)
    assert not ignore.ignores("keep.log", False)


def test_nothing_in_an_ignored_directory_counts(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("build/\n!build/keep\n")
    ignore = Ignore.load(tmp_path)
    assert ignore.prunes("build")
    assert ignore.ignores("build/keep", False) == ignore.ignores("build", True)
