"""The line that a hint names leaves out that path."""

from __future__ import annotations

from pathlib import Path

import pytest

from devloop.ignore import Ignore
from devloop.ignore.line import ignore_line


@pytest.mark.parametrize(
    ("path", "line"),
    [("out.json", "/out.json"), ("a/b c?.txt", "/a/b c\\?.txt"), ("[x]*", "/\\[x]\\*"), ("end ", "/end\\ ")],
)
def test_the_line(path: str, line: str, tmp_path: Path) -> None:
    assert ignore_line(path) == line
    ignore = Ignore.load(tmp_path, (line,))
    assert ignore.ignores(path, False) is not None
    assert ignore.ignores(f"x{path}", False) is None
