"""Defects of the original command, by their numbers: the local backend, and the models that it asks."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.support.poll import PATIENCE_SECONDS, wait_until
from tests.support.processes import alive, marked
from tests.support.world import World

KEY = "sk-a-key-that-nobody-sees"
WORKFLOW = """
from stigmer import Workflow

Workflow("hello").set("said", word="hello")
"""
AGENT = """
from stigmer import Agent

Agent("helper", "You answer in one sentence.")
"""


class Provider(ThreadingHTTPServer):
    """Speaks OpenAI's protocol, says no to each request, and remembers it."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Refuses)
        self.requests: list[tuple[str, dict[str, Any]]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"


class _Refuses(BaseHTTPRequestHandler):
    server: Provider

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.requests.append((self.headers.get("authorization", ""), json.loads(body)))
        answer = b'{"error": {"message": "not today"}}'
        self.send_response(400)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@contextmanager
def open_provider() -> Iterator[Provider]:
    with Provider() as provider:
        threading.Thread(target=provider.serve_forever, daemon=True).start()
        yield provider
        provider.shutdown()


def configured(world: World, text: str) -> None:
    directory = world.dir / ".stigmer"
    directory.mkdir(mode=0o700)
    (directory / "config.yaml").write_text(text)
    (directory / "config.yaml").chmod(0o600)


def test_b45_a_second_command_leaves_the_running_backend_alone(world: World) -> None:
    project = world.project(WORKFLOW)
    assert world.run("run", cwd=project).code == 0
    first = world.daemon_pid()
    assert first is not None
    for arguments in (("run",), ("server", "start"), ("apply",)):
        assert world.run(*arguments, cwd=project).code == 0
    assert world.daemon_pid() == first


def test_b45_who_has_the_number_of_a_dead_backend_lives_on(world: World) -> None:
    project = world.project(WORKFLOW)
    world.run("server", "start")
    world.kill_daemon()
    with subprocess.Popen(["sleep", "1000"]) as other:
        try:
            file = world.data / "daemon.json"
            file.write_text(json.dumps(json.loads(file.read_text()) | {"pid": other.pid}))
            assert world.run("run", cwd=project).code == 0
            assert world.run("server", "stop").code == 0
            assert other.poll() is None
        finally:
            other.kill()


def test_b46_a_configuration_without_a_block_for_the_local_backend(world: World) -> None:
    configured(world, "backend:\n  type: local\n")
    assert world.run("server", "start").code == 0
    assert world.run("run", cwd=world.project(WORKFLOW)).code == 0
    assert world.run("server", "stop").code == 0


def listening(world: World) -> int:
    """The port of a backend that was just said to run."""
    done = world.run("server", "start", "--listen", "127.0.0.1:0")
    assert done.code == 0, done.text
    found = re.search(r"^Address: 127\.0\.0\.1:(\d+)$", done.out, re.MULTILINE)
    assert found, done.text
    return int(found[1])


def test_b47_what_is_given_to_server_start_reaches_the_backend(world: World) -> None:
    assert listening(world)
    # Settings of the original that nothing here reads are kept, and said to be read by others only.
    assert "does not read it" in world.run("config", "set", "execution.mode", "sandbox").out


def test_b48_a_key_in_the_configuration_is_used_and_nobody_is_asked(world: World) -> None:
    project = world.project(AGENT)
    without = world.run("run", cwd=project, env={"STIGMER_LLM_PROVIDER": "openai"})
    assert without.code == 1
    assert "needs an API key" in without.text
    with open_provider() as provider:
        llm = f"{{provider: openai, model: tiny, base_url: '{provider.url}', api_key: {KEY}}}"
        configured(world, f"backend: {{local: {{llm: {llm}}}}}\n")
        done = world.run("run", cwd=project)
    assert KEY not in done.text
    assert {authorization for authorization, _ in provider.requests} == {f"Bearer {KEY}"}


def test_b49_ctrl_c_does_not_stop_the_backend(world: World) -> None:
    project = world.project('from stigmer import Workflow\n\nWorkflow("nap").wait("long", 3600)\n')
    terminal = world.terminal("run", cwd=project)
    terminal.expect("Execution ID:")
    backend = world.daemon_pid()
    assert backend is not None
    assert os.getsid(backend) != os.getsid(terminal.pid)
    terminal.sendintr()
    terminal.expect("cancelled")
    terminal.wait()
    assert world.daemon_pid() == backend


def test_b50_a_backend_that_is_said_to_run_accepts_calls(world: World) -> None:
    with socket.create_connection(("127.0.0.1", listening(world)), timeout=PATIENCE_SECONDS):
        pass


def test_b50_with_an_address_of_ones_own_none_is_started(world: World) -> None:
    with socket.socket() as closed:  # bound, and not listening
        closed.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{closed.getsockname()[1]}"
        done = world.run("run", cwd=world.project(WORKFLOW), env={"STIGMER_SERVER_ADDR": address})
    assert done.code == 4
    assert address in done.err
    assert world.daemon_pid() is None


def test_b51_no_key_is_on_a_command_line(world: World) -> None:
    project = world.project(AGENT)
    with open_provider() as provider:
        env = {
            "STIGMER_LLM_PROVIDER": "openai",
            "STIGMER_LLM_BASE_URL": provider.url,
            "OPENAI_API_KEY": KEY,
        }
        world.run("run", cwd=project, env=env)
        assert provider.requests
        # The backend and the process of its agents live on.
        lines = {pid: Path(f"/proc/{pid}/cmdline") for pid in marked(world.dir)}
        assert world.daemon_pid() in lines
        assert not [pid for pid, line in lines.items() if line.exists() and KEY in line.read_text()]


def test_b52_white_space_around_what_the_backend_says_of_itself(world: World) -> None:
    world.run("server", "start")
    file = world.data / "daemon.json"
    file.write_text(f"  {file.read_text()}\n\n")
    done = world.run("server", "status")
    assert done.code == 0
    assert f"process {world.daemon_pid()}" in done.out
    pid = world.daemon_pid()
    assert pid is not None
    assert world.run("server", "stop").code == 0
    wait_until(lambda: not alive(pid), "the backend has ended")


@pytest.mark.parametrize("model", ["tiny", "tiny:7b"])
def test_b55_the_model_that_was_chosen_is_asked(world: World, model: str) -> None:
    project = world.project(AGENT)
    with open_provider() as provider:
        llm = f"{{provider: ollama, model: '{model}', base_url: '{provider.url}'}}"
        configured(world, f"backend: {{local: {{llm: {llm}}}}}\n")
        world.run("run", cwd=project)
    assert {body["model"] for _, body in provider.requests} == {model}
