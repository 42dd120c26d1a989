"""Without a home, with a long temporary directory: a backend in memory or in a named place needs neither."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.support.world import World

STRANGER = ["unshare", "--user", "--map-user=54321"]  # a number that no user has
PROGRAM = """
from stigmer import Agent, Scripted, Workflow, activity

@activity
def three():
    return 3

Workflow("flow").call_activity("get", three)
Agent("talker", "Say something short to whoever asks.", model=Scripted("script.yaml"))
"""


def can_be_a_stranger() -> bool:
    try:
        return subprocess.run([*STRANGER, "true"], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


homeless = pytest.mark.skipif(not can_be_a_stranger(), reason="needs unshare, and the right to use it")


def talking(world: World) -> Path:
    project = world.project(PROGRAM)
    (project / "script.yaml").write_text("- say: fine\n")
    return project


@homeless
@pytest.mark.parametrize("home", [None, "", "relative"], ids=["unset", "empty", "relative"])
def test_without_a_home(home: str | None, world: World) -> None:
    project = talking(world)
    through = [*STRANGER, "env", "-u", "HOME", *([] if home is None else [f"HOME={home}"])]

    def run(*arguments: str, env: dict[str, str] | None = None) -> str:
        done = world.run(*arguments, cwd=project, env=env, through=through)
        assert done.code == 0, done.text
        return done.out

    for where in ["--ephemeral"], []:
        assert "3" in run("run", "flow", *where, "-o", "quiet")
        if home is None:  # each agent process imports for seconds
            assert "fine" in run("run", "talker", *where, "-o", "quiet")
        assert "last run" in run("run", "flow", *where, "-o", "plain", "--watch", "--runs", "1")
    assert "running" in run("server", "status")
    run("executions", "list")
    run("server", "stop")
    done = world.run("run", "flow", cwd=project, through=through, env={"STIGMER_DATA_DIR": ""})
    assert (done.code, "Traceback" in done.err) == (4, False)
    assert "no home directory for user 54321" in done.err
    assert "STIGMER_DATA_DIR" in done.err and "--ephemeral" in done.err
    assert not [path for path in project.iterdir() if path.name in ("~", "relative", ".stigmer")]


def test_a_temporary_directory_with_a_long_name(world: World) -> None:
    project = talking(world)
    long = world.dir / ("x" * 60) / ("y" * 60)
    long.mkdir(parents=True)
    env = {"TMPDIR": str(long), "STIGMER_DATA_DIR": str(long / "data")}
    try:
        for where in ["--ephemeral"], []:
            for name, answer in ("flow", "3"), ("talker", "fine"):
                done = world.run("run", name, *where, "-o", "quiet", cwd=project, env=env)
                assert (done.code, answer in done.out, done.err) == (0, True, ""), done.text
    finally:
        world.run("server", "stop", env=env)
    assert [each for each in long.iterdir() if each.name.startswith("stigmer-")] == []
