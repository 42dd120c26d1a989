"""How long until `stigmer` does something, and how much of that is ours?"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from measure import command, in_turns, table

from tests.support.world import STIGMER, World, new_world

ROUNDS = 20
GOAL = 1.4  # times the bare process, for a run without synthesis
BARE = "bare process, same calls"


def main() -> None:
    with new_world() as world:
        project = world.project(PROGRAM)
        applied = world.run("apply", cwd=project)
        assert applied.code == 0, applied.text
        here = world.dir
        bare = [sys.executable, Path(__file__).with_name("bare.py"), address(world), "benchmark"]
        candidates = {
            BARE: command(bare, here, world.environ),
            "python -c pass": command([sys.executable, "-c", "pass"], here, world.environ),
            "stigmer --version": command([STIGMER, "--version"], here, world.environ),
            "stigmer --help": command([STIGMER, "--help"], here, world.environ),
            "stigmer run NAME --no-follow": command(
                [STIGMER, "run", "benchmark", "--no-follow"], here, world.environ
            ),
            "the same in a project": command(
                [STIGMER, "run", "benchmark", "--no-follow"], project, world.environ
            ),
        }
        times = in_turns(candidates, ROUNDS)
    table(times, BARE)
    print(f"goal: stigmer run NAME --no-follow at most {GOAL} x")


def address(world: World) -> str:
    return f"unix:{json.loads((world.data / 'daemon.json').read_text())['socket']}"


PROGRAM = """
from stigmer import Workflow

Workflow("benchmark").set("say", text="hello")
"""


if __name__ == "__main__":
    main()
