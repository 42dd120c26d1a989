"""How long until `stigmer` does something, and how much of that is ours?"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from measure import command, in_turns, processor_seconds, table

from tests.support.snapshots import address
from tests.support.world import STIGMER, new_world

ROUNDS = 20
GOAL = 1.25  # times the bare process, for a run without synthesis
PROJECT_GOAL = 1.5  # with one, in a project that is in use
COMMANDS_UNTIL_WARM = 5
FRESH = {"STIGMER_WARM_SECONDS": "0"}
BARE = "bare process, same calls"


def main() -> None:
    with new_world() as world:
        project = world.project(PROGRAM)
        applied = world.run("apply", cwd=project)
        assert applied.code == 0, applied.text
        here = world.dir
        bare = [sys.executable, Path(__file__).with_name("bare.py"), address(world), "benchmark"]
        run = [STIGMER, "run", "benchmark", "--no-follow"]
        for _ in range(COMMANDS_UNTIL_WARM):
            command(run, project, world.environ)()
            time.sleep(1)
        candidates = {
            BARE: command(bare, here, world.environ),
            "python -c pass": command([sys.executable, "-c", "pass"], here, world.environ),
            "stigmer --version": command([STIGMER, "--version"], here, world.environ),
            "stigmer --help": command([STIGMER, "--help"], here, world.environ),
            "stigmer run NAME --no-follow": command(run, here, world.environ),
            "the same in a project in use": command(run, project, world.environ),
            "the same with a fresh child": command(run, project, world.environ | FRESH),
        }
        times = in_turns(candidates, ROUNDS)
        processor = in_turns(candidates, ROUNDS, processor_seconds)
    table(times, BARE)
    print("processor time, of the command and the fresh child:")
    table(processor, BARE)
    print(f"goal: stigmer run NAME --no-follow at most {GOAL} x, in a project in use {PROJECT_GOAL} x")


PROGRAM = """
from stigmer import Workflow

Workflow("benchmark").set("say", text="hello")
"""


if __name__ == "__main__":
    main()
