"""One command after another in a project: its program runs in a fork of a process that stays warm."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.support.poll import wait_until
from tests.support.processes import marked
from tests.support.world import World

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there are only fresh children")

PROGRAM = """
import os
from stigmer import Workflow
parent = open(f"/proc/{os.getppid()}/cmdline").read()
print("in a fork" if "_fork.zygote" in parent else "in a fresh child", "of VALUE")
Workflow("w").set("say", text="hello")
"""


def said(world: World, project: Path, *options: str, command: str = "run") -> str:
    done = world.run(command, *options, cwd=project)
    assert done.code == 0, done.text
    return done.text


def warm(world: World, project: Path, value: str = "VALUE", command: str = "run") -> None:
    """Every command says this value, and soon one in a fork: a keeper that is still busy refuses."""

    def forked() -> bool:
        text = said(world, project, command=command)
        assert f" of {value}" in text
        return "in a fork" in text

    wait_until(forked, "the project is warm")


def test_a_project_in_use_is_warm_until_the_backend_stops(world: World) -> None:
    project = world.project(PROGRAM)
    assert "in a fresh child of VALUE" in said(world, project, "--no-follow")
    assert not world.keepers()
    warm(world, project)
    assert len(world.keepers()) == 1
    (project / "main.py").write_text(PROGRAM.replace("VALUE", "OTHER"))
    warm(world, project, "OTHER")
    warm(world, project, "OTHER", "apply")
    assert world.run("server", "stop").code == 0
    assert not world.keepers(), "they have ended when `stop` has"
    wait_until(lambda: not marked(world.dir), "nothing is left", lambda: str(marked(world.dir)))


def test_a_killed_backend_takes_it_along(world: World) -> None:
    project = world.project(PROGRAM)
    warm(world, project)
    world.kill_daemon()
    wait_until(lambda: not world.keepers(), "it has ended")
    assert "in a fresh child" in said(world, project, "--no-follow")


def test_it_can_be_switched_off(world: World) -> None:
    project = world.project(PROGRAM)
    world.extra["STIGMER_WARM_SECONDS"] = "0"
    for _ in range(4):
        assert "in a fresh child" in said(world, project, "--no-follow")
    assert not world.keepers()


def test_a_temporary_backend_leaves_nothing_behind(world: World) -> None:
    project = world.project(PROGRAM)
    for _ in range(3):
        assert "in a fresh child" in said(world, project, "--ephemeral")
    wait_until(lambda: not marked(world.dir), "nothing is left")


@pytest.mark.parametrize("text", ["soon", "-1", "inf", "nan"])
def test_a_time_that_is_none_is_refused(world: World, text: str) -> None:
    world.extra["STIGMER_WARM_SECONDS"] = text
    project = world.project(PROGRAM)
    for command in ("run", "apply"):
        done = world.run(command, cwd=project)
        assert done.code == 2
        assert f'STIGMER_WARM_SECONDS: "{text}" is not a time' in done.err
