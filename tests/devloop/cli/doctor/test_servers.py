"""MCP servers: started, reached, or what is wrong with them."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from devloop.cli.doctor.deadline import unreachable, within
from devloop.cli.doctor.handshake import greet
from tests.devloop.cli.doctor.doctor import visit
from tests.support.processes import alive
from tests.support.world import World

SCRIPTED = {"STIGMER_LLM_PROVIDER": "scripted"}
SECRET = "very-secret-value"
SERVER = """
import json, os, sys
if os.environ.get("MODE") == "dies":
    sys.exit("no such token: " + os.environ["KEY"])
asked = json.loads(sys.stdin.readline())
info = {"name": "notes", "version": "2"}
print("a log line")
print(json.dumps({"jsonrpc": "2.0", "id": asked["id"], "result": {"serverInfo": info}}), flush=True)
sys.stdin.read()
"""
PROGRAM = """
from stigmer import Agent, DockerServer, EnvVar, HttpServer, StdioServer

Agent(
    "clerk",
    "You look things up.",
    env=[EnvVar("KEY", secret=True), EnvVar("UNSET")],
    mcp_servers=[%s],
)
"""


def declared(world: World, server: str) -> Path:
    yaml = "name: x\nruntime: python\nrun: {env_file: .env}\n"
    project = world.project(PROGRAM % server, yaml=yaml)
    (project / ".env").write_text(f"secret:KEY={SECRET}\n")
    (project / ".env").chmod(0o600)
    (project / "notes.py").write_text(SERVER)
    (project / "plain.sh").write_text("#!/bin/sh\n")
    (project / "plain.sh").chmod(0o644)
    return project


def test_one_that_answers(world: World) -> None:
    project = declared(world, f'StdioServer("notes", "{sys.executable}", ["notes.py"])')
    found = visit(world, project, env=SCRIPTED)
    assert found.code == 0, found
    assert "answers as notes 2" in found.of("ok", "MCP servers")[0]["text"]
    world.nothing_is_left()


@pytest.mark.parametrize(
    ("server", "text", "what_next"),
    [
        ('StdioServer("n", "no-such-command")', "no-such-command is not on the PATH", "install"),
        ('StdioServer("n", "./gone.sh")', "./gone.sh is not there", "ls "),
        ('StdioServer("n", "./plain.sh")', "./plain.sh is not executable", "chmod +x "),
        ('StdioServer("n", "cat", working_dir="gone")', "does not exist", "mkdir -p "),
        ('StdioServer("n", "true")', "ended without an answer", "start it by hand: cd "),
    ],
)
def test_one_that_cannot_be_started(world: World, server: str, text: str, what_next: str) -> None:
    found = visit(world, declared(world, server), env=SCRIPTED)
    assert found.code == 1
    problem = found.of("problem", "MCP servers")[0]
    assert text in problem["text"]
    assert what_next in problem["next"]


def test_its_last_words_hold_no_secret(world: World) -> None:
    server = f'StdioServer("n", "{sys.executable}", ["notes.py"], env={{"MODE": "dies", "KEY": "${{KEY}}"}})'
    found = visit(world, declared(world, server), env=SCRIPTED)
    assert "no such token: " in found.of("problem", "MCP servers")[0]["text"]
    assert SECRET not in found.text


def test_one_that_needs_a_variable(world: World) -> None:
    found = visit(world, declared(world, 'StdioServer("n", "true", env={"A": "${UNSET}"})'), env=SCRIPTED)
    warning = found.of("warning", "MCP servers")[0]
    assert "${UNSET}" in warning["text"]
    assert "-e" in warning["next"]


def test_one_that_is_far_away(world: World) -> None:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]
        project = declared(world, f'HttpServer("n", "http://127.0.0.1:{port}/mcp")')
        assert (
            "connection refused"
            in visit(world, project, env=SCRIPTED).of("warning", "MCP servers")[0]["text"]
        )
        listening.listen()
        assert "can be reached" in visit(world, project, env=SCRIPTED).of("ok", "MCP servers")[0]["text"]


@pytest.mark.parametrize(
    ("script", "verdict", "text"),
    [
        ("exit 0", "ok", "the image acme/notes is here"),
        ('[ "$1" = version ]', "warning", "the image acme/notes is not here yet"),
        ("echo is the daemon running >&2; exit 1", "problem", "does not answer: is the daemon running"),
    ],
)
def test_one_in_a_container(world: World, script: str, verdict: str, text: str) -> None:
    programs = world.dir / "bin"
    programs.mkdir()
    (programs / "docker").write_text(f"#!/bin/sh\n{script}\n")
    (programs / "docker").chmod(0o755)
    path = {"PATH": f"{programs}:{world.environ['PATH']}"}
    found = visit(world, declared(world, 'DockerServer("n", "acme/notes")'), env=SCRIPTED | path)
    (finding,) = found.of(verdict, "MCP servers")
    assert text in finding["text"]


def test_a_container_without_a_client(world: World) -> None:
    empty = world.dir / "empty"
    empty.mkdir()
    server = 'DockerServer("n", "acme/notes")'
    found = visit(world, declared(world, server), env=SCRIPTED | {"PATH": str(empty)})
    assert found.of("problem", "MCP servers")[0]["next"] == "install docker or podman"


def test_one_that_says_nothing_is_ended(tmp_path: Path) -> None:
    script = "echo $$ > pid; sleep 1000"
    greeting = greet(["sh", "-c", script], tmp_path, {"PATH": "/usr/bin:/bin"}, seconds=1)
    assert "did not answer within 1 s" in greeting.problem
    pids = [int(each.read_text() or 0) for each in tmp_path.glob("pid")]  # none if it was too slow to begin
    assert not [pid for pid in pids if pid and alive(pid)]


def test_a_name_that_nobody_knows() -> None:
    assert "not known" in unreachable("no-such-host.invalid", 1) or "does not answer" in unreachable(
        "no-such-host.invalid", 1
    )


def test_nobody_waits_for_an_answer_that_never_comes() -> None:
    assert within(0.01, threading.Event().wait) is None
    program = (
        "import threading; from devloop.cli.doctor.deadline import within; "
        "print(within(0.01, threading.Event().wait))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "None\n"
