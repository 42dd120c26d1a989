"""What docs/agents.md shows happens as it is shown."""

from __future__ import annotations

import shlex

import pytest

from tests.support.pages import Shown, Written, missing, sections
from tests.support.paths import ROOT
from tests.support.world import World

PAGE = (ROOT / "docs" / "agents.md").read_text("utf-8")
RUN = {
    title: steps
    for title, steps in sections(PAGE)
    if any(isinstance(step, Shown) and step.command for step in steps)
}


@pytest.mark.parametrize("title", RUN)
def test_an_example_does_what_is_shown(shared: World, title: str) -> None:
    here = shared.project("", name=f"agents-{list(RUN).index(title)}")
    for step in RUN[title]:
        if isinstance(step, Written):
            (here / step.name).write_text(step.text, "utf-8")
    for step in RUN[title]:
        if isinstance(step, Shown) and step.command:
            program, *arguments = shlex.split(step.command)
            assert program == "stigmer"
            done = shared.run(*arguments, cwd=here)
            assert missing(done.text, step.lines) == [], done.text
