"""Input that can be read only once: pipes of a shell, named pipes, standard input."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pexpect
import pytest

from tests.support.command import Running
from tests.support.world import World

LOOP = ("run", "greet", "--watch", "--ephemeral", "-o", "json", "--no-keys")
KEPT = "can be read only once; what was read at the start is kept"


def program(text: str) -> str:
    return f"""
from stigmer import Workflow

flow = Workflow("greet")
flow.set("say", text="{text}", env="${{ $env }}", message=flow.input.message)
"""


@pytest.fixture
def project(world: World) -> Path:
    return world.project(program("one"))


@pytest.fixture
def pipe(world: World) -> Path:
    os.mkfifo(world.dir / "pipe")
    return world.dir / "pipe"


def answer(running: Running) -> tuple[str, dict[str, str], str]:
    """What the next run says: its text, its variables, its message."""
    said = json.loads(running.event("run_finished")["answer"])
    return said["text"], {name: each["value"] for name, each in said["env"].items()}, said["message"]


def remarks(running: Running) -> list[str]:
    """All that were made until now."""
    events = map(json.loads, running.lines)
    return [each["text"] for each in events if each["event"] == "watch_noted"]


def ended(running: Running, code: int = 143) -> None:
    running.signal(signal.SIGTERM)
    assert running.end().code == code


def test_a_pipe_of_a_shell_serves_all_runs(world: World, project: Path) -> None:
    shell = ("bash", "-c", 'exec "$@" --env-file <(printf "A=1\\nsecret:B=hidden-b\\n")', "bash")
    running = world.start(*LOOP, cwd=project, through=shell)
    assert answer(running) == ("one", {"A": "1", "B": "${.secrets.B}"}, "execute")
    running.event("watch_ready")
    assert remarks(running) == []
    for text in ("two", "three"):
        (project / "main.py").write_text(program(text))
        assert answer(running) == (text, {"A": "1", "B": "${.secrets.B}"}, "execute")
        running.event("watch_ready")
    (said,) = remarks(running)
    assert said.startswith("/dev/fd/")
    assert said.endswith(KEPT)
    assert "hidden-b" not in "".join(running.lines)
    ended(running)


def test_a_named_pipe_is_waited_for(world: World, project: Path, pipe: Path) -> None:
    running = world.start(*LOOP, "--env-file", "../pipe", cwd=project)
    said = running.event("watch_noted")["text"]
    assert said == f"waiting for somebody to write to {pipe}, and to close it"
    pipe.write_text("A=1\n")
    assert answer(running) == ("one", {"A": "1"}, "execute")
    running.event("watch_ready")
    pipe.unlink()
    (project / "main.py").write_text(program("two"))
    assert answer(running) == ("two", {"A": "1"}, "execute")
    running.event("watch_ready")
    whole = pipe.with_name("whole")
    whole.write_text("A=2\n")
    whole.replace(pipe)  # an ordinary file now, and never an empty one
    assert answer(running) == ("two", {"A": "2"}, "execute")
    ended(running)


@pytest.mark.parametrize(("key", "code"), [("q", 0), ("\x03", 130)])
def test_meanwhile_it_can_be_left(world: World, project: Path, pipe: Path, key: str, code: int) -> None:
    terminal = world.terminal("run", "--watch", "--ephemeral", "--env-file", str(pipe), cwd=project)
    terminal.expect("waiting for somebody to write to")
    terminal.send(key)
    terminal.expect("ending")
    terminal.expect(pexpect.EOF)
    terminal.wait()
    assert terminal.exitstatus == code
    world.nothing_is_left()


def test_what_cannot_be_understood_ends_the_loop(world: World, project: Path, pipe: Path) -> None:
    running = world.start(*LOOP, "--env-file", str(pipe), cwd=project)
    pipe.write_text("A=1\nB C\n")
    assert running.event("edit_broken")["error"] == f"{pipe}:2: expected NAME=value"
    done = running.end()
    assert done.code == 2
    assert done.err == ""


def test_variables_that_are_typed(world: World, project: Path) -> None:
    """Before there are keys; an end of the input is no end of the keyboard."""
    terminal = world.terminal("run", "--watch", "--ephemeral", "--env-file", "/dev/stdin", cwd=project)
    terminal.send("A=typed\n\x04")
    terminal.expect('"value": "typed"')
    terminal.expect("watching")
    terminal.send("r")
    terminal.expect(KEPT)
    terminal.expect('"value": "typed"')
    terminal.expect("watching")
    terminal.send("q")
    terminal.expect(pexpect.EOF)
    terminal.wait()
    assert terminal.exitstatus == 0


def test_a_message_from_standard_input(world: World, project: Path) -> None:
    shell = ("bash", "-c", 'echo hello | "$@"', "bash")
    running = world.start(*LOOP, "-m", "-", "--runs", "2", cwd=project, through=shell)
    assert answer(running) == ("one", {}, "hello")
    running.event("watch_ready")
    (project / "main.py").write_text(program("two"))
    assert answer(running) == ("two", {}, "hello")
    assert remarks(running) == [f"standard input {KEPT}"]
    assert running.end().code == 0


@pytest.mark.parametrize("watch", [[], ["--watch"]])
@pytest.mark.parametrize("name", ["/dev/stdin", "/dev/fd/0"])
def test_standard_input_is_not_read_twice(world: World, project: Path, name: str, watch: list[str]) -> None:
    typed = ("run", "greet", "--ephemeral", "-m", "-", "--env-file", name, *watch)
    done = world.run(*typed, cwd=project, stdin="A=1\n")
    assert done.code == 2
    assert f"--env-file {name} and --message - both read standard input" in done.err


def test_a_device_that_is_empty(world: World, project: Path) -> None:
    running = world.start(*LOOP, "--env-file", "/dev/null", cwd=project)
    assert answer(running) == ("one", {}, "execute")
    running.event("watch_ready")
    (project / "main.py").write_text(program("two"))
    assert answer(running) == ("two", {}, "execute")
    running.event("watch_ready")
    assert remarks(running) == []
    ended(running)
