"""Whatever a program leaves where its manifest should be: the run ends honestly, and nothing stays."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest

from tests.support.world import World

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="it has no named pipes")

PROGRAM = """\
import atexit, os, socket
from pathlib import Path
from stigmer import Workflow
Workflow("w").set("a", b=1)
out = Path(os.environ["STIGMER_OUT_DIR"])
{does}
"""
AFTERWARDS = """\
def afterwards():
    {does}
if os.environ.get("STIGMER_OUT_DIR"):
    atexit.register(afterwards)
"""
DEEP = """\
here = os.getcwd()
os.chdir(out)
for _ in range(1200):
    os.mkdir("d")
    os.chdir("d")
os.chdir(here)
"""
OK, PROJECT_ERROR = 0, 3
ONE_RUN = ("run", "w", "--ephemeral")
A_LOOP = ("run", "w", "--ephemeral", "--watch", "--runs", "1", "--no-keys")


@pytest.fixture
def scratch(world: World) -> Path:
    """Where temporary directories are made."""
    directory = world.dir / "t"
    directory.mkdir()
    world.extra["TMPDIR"] = str(directory)
    return directory


@pytest.mark.parametrize("command", [ONE_RUN, A_LOOP])
@pytest.mark.parametrize(
    "does",
    [
        'os.mkfifo(out / "x.json")',
        'os.mkfifo(out / "x.pb")',
        'os.mkfifo(out / ".zygote")',
        '(out / "x.json").symlink_to("/dev/zero")',
        'socket.socket(socket.AF_UNIX).bind(str(out / "s.json"))',
        '(out / "huge.json").open("wb").truncate(50 << 30)',
        '(out / ".zygote").write_text("[" * 100_000)',
        DEEP,
    ],
)
def test_what_is_none_of_our_business(
    world: World, scratch: Path, does: str, command: tuple[str, ...]
) -> None:
    done = world.run(*command, cwd=world.project(PROGRAM.format(does=does)))
    assert done.code == OK, done.text
    assert not list(scratch.iterdir())


@pytest.mark.parametrize(
    "does",
    [
        'os.mkfifo(out / "agent-7.pb")',
        '(out / "agent-7.pb").symlink_to("/dev/zero")',
        '(out / "agent-7.pb").symlink_to(out / "workflow-0.pb")',
        '(out / "agent-7.pb").open("wb").truncate(50 << 30)',
        '(out / "agent-7.pb").mkdir()',
        'os.mkfifo(out / "error.json")',
        '(out / "dependencies.json").unlink(); os.mkfifo(out / "dependencies.json")',
        '(out / "dependencies.json").write_text("[" * 100_000)',
        '(out / "inputs.json").write_text("{\\"files\\": [\\"a\\\\u0000b\\"]}")',
        '[(out / f"agent-{number}.pb").open("wb").truncate(60 << 20) for number in range(7, 12)]',
        '[(out / f"{number}").touch() for number in range(20_100)]',
        "__import__('shutil').rmtree(out)",
    ],
)
def test_what_cannot_be_a_manifest(world: World, scratch: Path, does: str) -> None:
    done = world.run(*ONE_RUN, cwd=world.project(PROGRAM.format(does=AFTERWARDS.format(does=does))))
    assert done.code == PROJECT_ERROR, done.text
    assert "Traceback" not in done.text
    assert "bug" not in done.text
    assert not list(scratch.iterdir())


def test_the_first_ctrl_c_ends_a_program_that_waits_for_ever(world: World, scratch: Path) -> None:
    """While the pipe that it left lies there."""
    program = PROGRAM.format(
        does='os.mkfifo(out / "agent-7.pb"); print("here", flush=True); open(out / "agent-7.pb")'
    )
    running = world.start(*ONE_RUN, cwd=world.project(program))
    while not list(scratch.glob("*/agent-7.pb")):
        assert running.process.poll() is None
    running.signal(signal.SIGINT)
    assert running.end().code == 130
    assert not list(scratch.iterdir())


class TestEnvironmentFiles:
    """Variables from a file that is none."""

    def test_a_pipe_that_the_project_names(self, world: World) -> None:
        project = world.project(
            PROGRAM.format(does=""), yaml="name: x\nruntime: python\nrun: {env_file: .env}\n"
        )
        os.mkfifo(project / ".env")
        done = world.run(*ONE_RUN, cwd=project)
        assert (done.code, "not a regular file" in done.text) == (2, True), done.text

    @pytest.mark.parametrize("name", ["/dev/zero", "huge"])
    def test_with_watch(self, world: World, name: str) -> None:
        project = world.project(PROGRAM.format(does=""))
        with (project / "huge").open("wb") as file:
            file.truncate(50 << 30)
        done = world.run(*A_LOOP, "--env-file", name, cwd=project)
        assert (done.code, "cannot read the environment file" in done.text) == (2, True), done.text

    def test_one_that_becomes_a_pipe_while_a_loop_runs(self, world: World) -> None:
        project = world.project(PROGRAM.format(does=""))
        (project / "env").write_text("A=1\n")
        flags = ("run", "w", "--ephemeral", "--watch", "--no-keys", "-o", "json")
        running = world.start(*flags, "--env-file", "env", cwd=project)
        running.event("watch_ready")
        os.mkfifo(project / "next")
        (project / "next").replace(project / "env")
        assert "not a regular file" in running.event("edit_broken")["error"]
        running.signal(signal.SIGTERM)
        assert running.end().code == 143

    def test_a_pipe_of_a_shell(self, world: World) -> None:
        project = world.project(PROGRAM.format(does=""))
        pipe = world.dir / "pipe"
        os.mkfifo(pipe)
        running = world.start(*ONE_RUN, "--env-file", str(pipe), cwd=project)
        pipe.write_text("A=1\n")
        assert running.end().code == OK

    def test_a_large_one(self, world: World) -> None:
        """With as many lines as fit, it takes no longer than it takes to read them."""
        project = world.project(PROGRAM.format(does=""))
        (project / "env").write_text("A=1\n" * 900_000 + "B C\n")
        done = world.run(*ONE_RUN, "--env-file", "env", cwd=project)
        assert (done.code, "env:900001: expected NAME=value" in done.text) == (2, True), done.text


def test_a_configuration_that_is_a_pipe(world: World) -> None:
    (world.dir / ".stigmer").mkdir()
    os.mkfifo(world.dir / ".stigmer" / "config.yaml")
    done = world.run("run", "w", cwd=world.project(PROGRAM.format(does="")))
    assert (done.code, "not a regular file" in done.text) == (2, True), done.text
