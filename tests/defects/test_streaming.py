"""Defects of the original command, by their numbers: how it shows what happens.

The server reports as the original does: one task at a time, a message that grows, times without a zone.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from stigmer_api.agentexecution_pb2 import AgentExecutionStatus
from tests.support.original.executions import COMPLETED, IN_PROGRESS
from tests.support.original.server import OriginalServer, original_server
from tests.support.world import World

PROGRAM = """
from stigmer import Agent, Workflow

calls = Workflow("calls")
for name in ("one", "two", "three"):
    calls.http_get(name, "http://localhost/a")
Agent("helper", "Answer every question in one sentence.")
"""
TASKS = ("one", "two", "three")
RUNNING, DONE, FAILED = 2, 3, 4


@pytest.fixture
def server() -> Iterator[OriginalServer]:
    with original_server() as server:
        server.runners.in_step = True
        yield server


@pytest.fixture
def demo(shared: World, tmp_path: Path) -> Path:
    return shared.project(PROGRAM, name=tmp_path.name)


def run(shared: World, server: OriginalServer, demo: Path, name: str, *more: str) -> Any:
    return shared.run("run", name, "--server", server.address, *more, cwd=demo)


def test_b16_each_change_of_a_task_is_shown(server: OriginalServer, shared: World, demo: Path) -> None:
    done = run(shared, server, demo, "calls")
    for name in TASKS:
        running = done.out.index(f"Task: {name} [Running]")
        assert running < done.out.index(f"Task: {name} [Completed]")


def test_b17_lists_of_one_task_add_up(server: OriginalServer, shared: World, demo: Path) -> None:
    done = run(shared, server, demo, "calls")
    assert "Total tasks: 3" in done.out
    assert "Completed: 3" in done.out
    server.runners.failing["three"] = "no such host"
    failed = run(shared, server, demo, "calls")
    assert failed.code == 1
    assert "Completed: 2\nFailed: 1" in failed.out


def test_b18_an_answer_that_grows_is_shown_whole(server: OriginalServer, shared: World, demo: Path) -> None:
    done = run(shared, server, demo, "helper")
    assert "Agent: The answer" in done.out
    assert "grows while tokens arrive." in done.out
    assert run(shared, server, demo, "helper", "-o", "quiet").out == "The answer grows while tokens arrive.\n"


def test_b19_tools_todos_and_sub_agents_are_shown(server: OriginalServer, shared: World, demo: Path) -> None:
    def work(report: Any) -> None:
        status: Any = AgentExecutionStatus()
        status.phase = IN_PROGRESS
        call = status.tool_calls.add(id="call-1", name="read_file", status=RUNNING)
        call.args["path"] = "notes.txt"
        status.todos["1"].content, status.todos["1"].status = "read the notes", 2
        status.sub_agent_executions.add(id="sub-1", name="checker", input="check it", status=2)
        report(status)
        status.tool_calls[0].status, status.tool_calls[0].result = DONE, "three lines"
        status.todos["1"].status = 3
        status.sub_agent_executions[0].status, status.sub_agent_executions[0].output = 3, "all is well"
        status.phase = COMPLETED
        report(status)

    server.runners.agent_work = work
    done = run(shared, server, demo, "helper")
    for shown in ("read_file [Running]", "read_file [Completed]", "notes.txt", "three lines"):
        assert shown in done.out
    for shown in ("read the notes", "checker [Running]", "checker [Completed]", "all is well"):
        assert shown in done.out
    assert "Tool calls: 1" in done.out


def test_b20_an_execution_without_a_status_is_no_crash(
    server: OriginalServer, shared: World, demo: Path
) -> None:
    server.executions.bare = True
    done = run(shared, server, demo, "calls")
    assert done.code == 0, done.text
    assert "Total tasks: 3" in done.out


@pytest.mark.parametrize("zone", ["", "Z", "+02:00"])
def test_b21_durations_of_times_with_and_without_a_zone(
    server: OriginalServer, shared: World, demo: Path, zone: str
) -> None:
    began = datetime(2026, 1, 26, 10, 0, tzinfo=UTC).replace(tzinfo=None)

    def work(report: Any) -> None:
        status: Any = AgentExecutionStatus()
        status.phase = COMPLETED
        status.started_at = began.isoformat() + zone
        status.completed_at = (began + timedelta(seconds=83.5)).isoformat() + zone
        report(status)

    server.runners.agent_work = work
    done = run(shared, server, demo, "helper")
    assert "Duration: 1m 24s" in done.out
    [end] = run(shared, server, demo, "helper", "-o", "json").named("run_finished")
    assert end["seconds"] == 83.5


def test_b21_times_that_cannot_be_read_are_no_duration(
    server: OriginalServer, shared: World, demo: Path
) -> None:
    def work(report: Any) -> None:
        status: Any = AgentExecutionStatus()
        status.phase = COMPLETED
        status.started_at, status.completed_at = "yesterday", "today"
        report(status)

    server.runners.agent_work = work
    done = run(shared, server, demo, "helper")
    assert done.code == 0
    assert "Duration" not in done.out


def test_b22_what_goes_on_can_be_looked_at_again(server: OriginalServer, shared: World, demo: Path) -> None:
    server.runners.hold()
    running = shared.start("run", "calls", "--server", server.address, cwd=demo)
    running.until("Execution started")
    running.signal(signal.SIGINT)
    done = running.end()
    assert done.code == 130
    again = next(line for line in done.err.splitlines() if line.startswith("look again with: stigmer "))
    server.runners.may_go_on.set()
    followed = shared.run(*again.removeprefix("look again with: stigmer ").split())
    assert followed.code == 0
    assert "Execution completed" in followed.out
