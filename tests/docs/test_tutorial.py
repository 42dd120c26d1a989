"""Whoever does what docs/tutorial.md says sees what it shows."""

from __future__ import annotations

import shlex
from pathlib import Path

from tests.support.command import Running
from tests.support.pages import Shown, Written, missing, parts, plain, sections
from tests.support.paths import ROOT
from tests.support.world import World

PAGE = (ROOT / "docs" / "tutorial.md").read_text("utf-8")
STEPS = [step for _, steps in sections(PAGE) for step in steps]


class Reader:
    """Types what the page says, one step after the other."""

    def __init__(self, world: World, directory: Path) -> None:
        self._world = world
        self._directory = directory
        self._loop: Running | None = None

    def take(self, step: Written | Shown) -> None:
        if isinstance(step, Written):
            (self._directory / step.name).write_text(step.text, "utf-8")
        elif step.command == "":
            assert self._loop
            self._sees(self._loop, step)
        else:
            self._types(step)

    def ends(self) -> None:
        assert self._loop
        assert self._loop.end().code == 0

    def _types(self, step: Shown) -> None:
        program, *arguments = shlex.split(step.command)
        assert program == "stigmer"
        if "--watch" in arguments:
            self._loop = self._world.start(*arguments, cwd=self._directory)
            self._sees(self._loop, step)
            self._loop.until("watching")
        else:
            done = self._world.run(*arguments, cwd=self._directory)
            assert missing(done.text, step.lines) == [], done.text

    def _sees(self, loop: Running, step: Shown) -> None:
        for part in parts(step.lines):
            for line in part:
                loop.until(lambda said, line=line: plain(said.rstrip("\n")) == line)


def test_the_tutorial_does_what_it_shows(world: World) -> None:
    directory = world.dir / "tutorial"
    directory.mkdir()
    reader = Reader(world, directory)
    for step in STEPS:
        reader.take(step)
    reader.ends()


def test_there_is_something_to_do() -> None:
    typed = [step.command for step in STEPS if isinstance(step, Shown) and step.command]
    assert len(typed) >= 9
    assert {step.name for step in STEPS if isinstance(step, Written)} == {
        "Stigmer.yaml",
        "main.py",
        "critic.yaml",
    }
