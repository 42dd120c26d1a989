"""Every file that a page names exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.paths import ROOT

ROOMS = (
    "devloop",
    "runcmd",
    "stigmer",
    "stigmerd",
    "protos",
    "tests",
    "docs",
    "benchmarks",
    "sample_project",
)
# In backticks: a Python file, or a path that begins with a folder of ours.
NAMED = re.compile(rf"`((?:[\w.-]+/)*[\w-]+\.py|(?:{'|'.join(ROOMS)})/[\w./-]*)`")
PLACEHOLDER = "NAME"  # in a page that says how to add a file
EXAMPLES = {"devloop.py", "docs/intro.md", "grpc.py", "shelf.py", "stock_server.py"}  # of a user's project
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "protos").glob("*.md")]
FILES = [
    str(file.relative_to(ROOT))
    for file in (*ROOT.glob("*"), *(each for room in ROOMS for each in (ROOT / room).rglob("*")))
    if file.is_file()
]
FOLDERS = {str(folder) for file in FILES for folder in Path(file).parents}


def exists(path: str) -> bool:
    """A path from the top, or the end of one."""
    return path.rstrip("/") in FOLDERS or any(f"/{file}".endswith(f"/{path}") for file in FILES)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_path_in_a_page_exists(page: Path) -> None:
    named = set(NAMED.findall(page.read_text("utf-8"))) - EXAMPLES
    assert sorted(path for path in named if PLACEHOLDER not in path and not exists(path)) == []


def test_paths_are_found() -> None:
    """Or the test above would be content with nothing."""
    assert NAMED.findall("`runcmd/plan.py`, `stigmerd/services/` and `plan.py`, not `a/b` nor `pip`") == [
        "runcmd/plan.py",
        "stigmerd/services/",
        "plan.py",
    ]
    assert exists("runcmd/plan.py")
    assert not exists("runcmd/an.py")
