"""`stigmer run --timeout`: the execution is cancelled after that time, also in a watch loop."""

from __future__ import annotations

import signal

import pytest

from tests.support.world import World

PROGRAM = """
from stigmer import Workflow

Workflow("nap").wait("long", seconds=3600)
"""


@pytest.mark.parametrize("timeout", ["1500ms", "1", "0.5s"])
def test_it_ends_with_124(shared: World, timeout: str) -> None:
    project = shared.project(PROGRAM)
    done = shared.run("run", "nap", "--timeout", timeout, cwd=project)
    assert done.code == 124, done.err
    assert "cancelled" in done.text


def test_each_run_of_a_loop_has_this_time(world: World) -> None:
    project = world.project(PROGRAM)
    loop = ("run", "nap", "--watch", "--timeout=1s", "--ephemeral", "-o", "json", "--no-keys")
    running = world.start(*loop, cwd=project)
    assert running.event("run_finished")["exit_code"] == 124
    running.event("watch_ready")
    (project / "main.py").write_text(PROGRAM.replace("3600", "7200"))
    assert running.event("run_finished")["exit_code"] == 124
    running.event("watch_ready")
    running.signal(signal.SIGTERM)
    assert running.end().code == 143
