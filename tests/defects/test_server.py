"""Defects of the original command, by their numbers: the way to a server."""

from __future__ import annotations

from pathlib import Path

import grpc

from tests.support.original.certificates import Authority
from tests.support.original.server import original_server
from tests.support.world import World

TOKEN = "t0ken-of-the-defects"
PROGRAM = """
from stigmer import Agent, Scripted, Workflow

Agent("helper", "Answer every question in one sentence.", model=Scripted("script.yaml"))
calls = Workflow("calls")
calls.set("one", a="1")
"""


def demo(world: World, name: str = "project") -> Path:
    project = world.project(PROGRAM, name=name)
    (project / "script.yaml").write_text("- say: Hello.\n")
    return project


def test_b03_a_server_that_goes_away_is_no_success(world: World) -> None:
    with original_server() as server:
        server.runners.hold()
        server.executions.cut += [grpc.StatusCode.UNAVAILABLE] * 100
        running = world.start("run", "calls", "--server", server.address, "-o", "json", cwd=demo(world))
        running.event("reconnecting")
    done = running.end()
    assert done.code == 4
    [end] = done.named("run_finished")
    assert "lost sight of" in end["error"]
    assert f"--server {server.address}" in end["hint"]


def test_b06_only_what_is_not_there_is_not_found(world: World) -> None:
    away = world.run("run", "calls", "--server", "127.0.0.1:9")
    assert away.code == 4
    assert "not found" not in away.text
    with original_server(token=TOKEN) as server:
        refused = world.run("run", "calls", "--server", server.address)
    assert refused.code == 4
    assert "not found" not in refused.text
    assert "rejected your credentials" in refused.err


def test_b53_the_token_goes_with_calls_and_streams_and_is_never_shown(world: World, tmp_path: Path) -> None:
    authority = Authority(tmp_path / "ca.pem")
    with original_server(credentials=authority.server(), token=TOKEN) as server:
        env = {"STIGMER_API_KEY": TOKEN, "STIGMER_CA_FILE": str(authority.file)}
        address = f"https://localhost:{server.port}"
        done = world.run("run", "calls", "--server", address, cwd=demo(world), env=env)
    assert done.code == 0, done.text
    for method in (
        "Agent.apply",
        "Workflow.apply",
        "WorkflowExecution.create",
        "WorkflowExecution.subscribe",
    ):
        assert server.tokens[method] == f"Bearer {TOKEN}"
    assert TOKEN not in done.text


def test_b53_an_answer_may_have_ten_megabytes(world: World) -> None:
    with original_server() as server:
        server.runners.answer = ("long " * 1_900_000,)
        done = world.run("run", "helper", "-o", "quiet", "--server", server.address, cwd=demo(world))
    assert done.code == 0, done.text[-500:]
    assert len(done.out) > 9_000_000


def test_b54_outside_of_a_project_the_backend_is_started(world: World) -> None:
    assert world.run("apply", cwd=demo(world)).code == 0
    assert world.run("server", "stop").code == 0
    elsewhere = world.dir / "elsewhere"
    elsewhere.mkdir()
    done = world.run("run", "calls", "-o", "quiet", cwd=elsewhere)
    assert (done.code, done.out) == (0, '{"a": "1"}\n'), done.text
