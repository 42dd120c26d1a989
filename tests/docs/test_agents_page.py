"""docs/agents.md and docs/mcp.md: a section is a project, and its commands say what stands below them."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.support.fixtures import shared
from tests.support.pages import Shown, Step, Written, missing, sections
from tests.support.paths import ROOT
from tests.support.world import World

__all__ = ["shared"]

PAGES = [(ROOT / "docs" / name).read_text("utf-8") for name in ("agents.md", "mcp.md")]
SECTIONS = {
    title: steps
    for page in PAGES
    for title, steps in sections(page)
    if any(isinstance(each, Shown) for each in steps)
}


@pytest.mark.parametrize("title", SECTIONS)
def test_a_section_does_what_it_shows(title: str, shared: World, tmp_path: Path) -> None:
    (tmp_path / "Stigmer.yaml").write_text("name: shown\nruntime: python\n")
    take(SECTIONS[title], shared, tmp_path)


def take(steps: Sequence[Step], world: World, directory: Path) -> None:
    for step in steps:
        if isinstance(step, Written):
            (directory / step.name).parent.mkdir(parents=True, exist_ok=True)
            (directory / step.name).write_text(step.text, "utf-8")
        else:
            program, *arguments = shlex.split(step.command)
            assert program == "stigmer"
            done = world.run(*arguments, cwd=directory)
            assert missing(done.text, step.lines) == [], done.text
