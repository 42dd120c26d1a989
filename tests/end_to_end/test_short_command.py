"""A command that only starts something loads nothing that it does not need."""

from __future__ import annotations

import subprocess
import sys

from tests.support.paths import ROOT
from tests.support.world import World

LOADED = """
import os, sys
import stigmer_start
sys.argv = ["stigmer", *sys.argv[1:]]
def leave(code):
    late = {"typer", "rich", "secrets", "hmac", "difflib", "watchfiles", "runcmd.follow.follower"}
    sys.stderr.write(repr((code, sorted(late & set(sys.modules)))))
    sys.stderr.flush()
    os._exit(0)
stigmer_start.leave = leave
stigmer_start.main()
"""


def test_a_short_command_does_not_load_what_it_does_not_need(world: World) -> None:
    project = world.project('from stigmer import Workflow\n\nWorkflow("w").set("say", text="hello")\n')
    assert world.run("apply", cwd=project).code == 0
    for where in (world.dir, project):
        done = subprocess.run(
            [sys.executable, "-c", LOADED, "run", "w", "--no-follow"],
            cwd=where,
            env=world.environ | {"PYTHONPATH": f"{ROOT}:{ROOT / 'protos'}"},
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stderr == "(0, [])"
