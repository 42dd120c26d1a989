"""Standard streams that are closed or full, in any combination: the exit status is that of the run."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest

from tests.support.poll import wait_until
from tests.support.processes import marked
from tests.support.world import STIGMER, World, new_world

PROGRAM = """
from stigmer import Workflow

good = Workflow("good")
good.set("say", text="hello")
bad = Workflow("bad")
bad.raise_("stop", "wrong", "it went wrong")
slow = Workflow("slow")
slow.wait("pause", seconds=600)
"""
INPUTS = ["", "<&-"]
OUTPUTS = ["> /dev/null", ">&-", "> /dev/full"]
ERRORS = ["2> /dev/null", "2>&-", "2> /dev/full"]
FULL = " > /dev/full"
COMBINATIONS = [" ".join(each) for each in product(INPUTS, OUTPUTS, ERRORS)]
COMMANDS = {
    "run good": 0,
    "run bad": 1,
    "run good --watch --runs 1": 0,
    "apply": 0,
    "executions follow $BAD": 1,
    "executions cancel $GOOD": 0,
}
WHAT_IS_ASKED_FOR = ["run good -o quiet", "run good -o json", "executions list", "--version", "run --help"]


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with new_world() as world:
        project = world.project(PROGRAM)
        for name, variable in (("good", "GOOD"), ("bad", "BAD")):
            done = world.run("run", name, "-o", "json", cwd=project)
            world.extra[variable] = done.named("execution_created")[0]["execution"]
        yield world


def status(world: World, command: str, streams: str) -> int:
    return world.run(
        cwd=world.dir / "project", through=["/bin/sh", "-c", f'exec "$0" {command} {streams}']
    ).code


@pytest.mark.parametrize("streams", COMBINATIONS)
def test_the_exit_status_is_that_of_the_run(world: World, streams: str) -> None:
    assert {command: status(world, command, streams) for command in COMMANDS} == COMMANDS
    assert not list(world.dir.rglob("crash-*"))


@pytest.mark.parametrize("streams", [each for each in COMBINATIONS if FULL in each])
def test_what_was_asked_for_and_is_lost_is_a_failure(world: World, streams: str) -> None:
    for command in WHAT_IS_ASKED_FOR:
        assert status(world, command, streams) == 1, command
    assert not list(world.dir.rglob("crash-*"))


def test_lost_lines_are_mentioned_once(world: World) -> None:
    done = world.run(
        cwd=world.dir / "project",
        through=["/bin/sh", "-c", 'exec "$0" run good --watch --runs 1 > /dev/full'],
    )
    said = "Warning: what happens cannot be shown on standard output: No space left on device\n"
    assert done.code == 0
    assert done.err == said


@pytest.mark.parametrize("command", ["run slow", "run slow --watch"])
def test_nothing_of_ours_gets_the_number_of_a_stream(world: World, command: str) -> None:
    process = subprocess.Popen(
        ["/bin/sh", "-c", f'exec "$0" {command} <&- >&- 2>&-', str(STIGMER)],
        cwd=world.dir / "project",
        env=world.environ,
    )
    try:
        wait_until(lambda: connected(process.pid), "it has sockets")
        assert streams_of(process.pid) == [os.devnull] * 3
        for pid in world.processes():
            assert not any("socket" in each for each in streams_of(pid)), marked(world.dir)[pid]
    finally:
        process.terminate()
        assert process.wait(60) in (143, -signal.SIGTERM)  # perhaps it has just begun
    world.nothing_is_left()


def connected(pid: int) -> bool:
    numbers = [int(each.name) for each in Path(f"/proc/{pid}/fd").iterdir()]
    return any(target(pid, number).startswith("socket:") for number in numbers)


def streams_of(pid: int) -> list[str]:
    return [target(pid, number) for number in range(3)]


def target(pid: int, number: int) -> str:
    try:
        return str(Path(f"/proc/{pid}/fd/{number}").readlink())
    except OSError:  # it was closed, or the process has ended
        return ""
