"""A workflow of a project, its effects, and how it is broken and mended."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.command import Done
from tests.support.world import World

PROGRAM = """
import time
from pathlib import Path

from stigmer import Workflow, activity

HERE = Path(__file__).parent
steps = Workflow("steps")


@activity
def note(what):
    with (HERE / "notes.txt").open("a") as file:
        file.write(what + "\\n")
    while (HERE / f"{what}.held").exists():
        time.sleep(0.01)
    if (HERE / f"{what}.broken").exists():
        raise ValueError(f"{what} is broken")
    return {"did": what}


first = steps.call_activity("first", note, {"what": "first"})
pick = steps.set("pick", number=steps.input.n, did=first.did)
rounds = steps.for_each("rounds", [1, 2, 3], each="n")
with rounds as n:
    steps.call_activity("inner", note, {"what": f"round-{n}"})
second = steps.call_activity("second", note, {"what": "second"})
steps.set("last", all=[first.did, pick.number, second.did])
"""


@dataclass
class Steps:
    """The project, in a world."""

    world: World
    directory: Path

    @property
    def notes(self) -> Counter[str]:
        """How often each effect was done."""
        file = self.directory / "notes.txt"
        return Counter(file.read_text().split()) if file.exists() else Counter()

    def breaks(self, what: str) -> Path:
        """From now on; it is mended by `unlink` of what this gives."""
        file = self.directory / f"{what}.broken"
        file.touch()
        return file

    def change(self, old: str, new: str) -> None:
        """Saves the program with other code."""
        file = self.directory / "main.py"
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new))

    def run(self, *args: str) -> Done:
        return self.world.run("run", *args, cwd=self.directory)

    def failed(self, what: str = "second") -> Path:
        """It fails there once. Gives what mends it."""
        broken = self.breaks(what)
        done = self.run("--input", '{"n": 7}', "-o", "json")
        assert done.code == 1, done.text
        return broken


def answer(done: Done) -> Any:
    """The output of a run with `-o quiet`."""
    assert done.code == 0, done.text
    return json.loads(done.out)


@pytest.fixture
def steps(world: World) -> Steps:
    return Steps(world, world.project(PROGRAM))
