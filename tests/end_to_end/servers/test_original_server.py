"""Against a Stigmer server without anything of ours: what works, and what is said where it does not."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.original.server import OriginalServer, original_server
from tests.support.world import World

PROGRAM = """
from stigmer import Agent, Workflow

Agent("helper", "Answer every question in one sentence.")
fetch = Workflow("fetch")
fetch.http_get("one", "http://localhost/a")
fetch.http_get("two", "http://localhost/b")
"""
# Words that fit the backend of this command, and no other.
OURS_ONLY = ("server logs", "server status", "server start", "executions cancel wex", "executions cancel aex")


@pytest.fixture
def server() -> Iterator[OriginalServer]:
    with original_server() as server:
        yield server


@pytest.fixture
def demo(shared: World, tmp_path: Path) -> Path:
    return shared.project(PROGRAM, name=tmp_path.name)


def held(server: OriginalServer, shared: World, demo: Path, name: str = "fetch") -> str:
    """The id of an execution that goes on until the server is told otherwise."""
    server.runners.hold()
    done = shared.run("run", name, "--no-follow", "--server", server.address, "-o", "json", cwd=demo)
    [created] = done.named("execution_created")
    return str(created["execution"])


def fits(text: str) -> bool:
    return not any(words in text for words in OURS_ONLY)


def test_a_run_to_its_end_in_all_words(server: OriginalServer, shared: World, demo: Path) -> None:
    done = shared.run("run", "fetch", "--server", server.address, cwd=demo)
    assert done.code == 0, done.text
    assert "✅ Execution completed" in done.out
    assert fits(done.text)
    assert server.resources.of("Workflow")[0].metadata.name == "fetch"


def test_what_an_agent_declares_beyond_the_api_is_named(
    server: OriginalServer, shared: World, tmp_path: Path
) -> None:
    program = """
from stigmer import Agent

def look(at: str) -> str:
    return at

Agent("helper", "Answer every question in one sentence.", tools=[look])
"""
    project = shared.project(program, name=tmp_path.name)
    done = shared.run("run", "helper", "-m", "hi", "--server", server.address, cwd=project)
    assert done.code == 0, done.text
    assert "helper declares functions: this server does not know that, and it had no effect there" in done.err
    assert fits(done.text)


def test_a_failure_says_where_to_see_more_on_that_server(
    server: OriginalServer, shared: World, demo: Path
) -> None:
    server.runners.failing["two"] = "no such host"
    done = shared.run("run", "fetch", "--server", server.address, cwd=demo)
    assert done.code == 1
    [execution] = server.created
    assert f"stigmer executions show {execution.metadata.id} --server {server.address}" in done.err
    shown = shared.run("executions", "show", execution.metadata.id, "--server", server.address)
    assert "no such host" in shown.out
    assert fits(done.text + shown.text)


def test_ctrl_c_says_that_this_server_cannot_cancel(
    server: OriginalServer, shared: World, demo: Path
) -> None:
    server.runners.hold()
    running = shared.start("run", "fetch", "--server", server.address, cwd=demo)
    running.until("Execution started")
    running.signal(signal.SIGINT)
    done = running.end()
    [execution] = server.created
    assert done.code == 130
    assert f"detached: this server cannot cancel, so {execution.metadata.id} goes on" in done.err
    assert f"stigmer executions follow {execution.metadata.id} --server {server.address}" in done.err
    assert fits(done.text)


def test_ctrl_c_while_following_leaves_it(server: OriginalServer, shared: World, demo: Path) -> None:
    execution = held(server, shared, demo)
    running = shared.start("executions", "follow", execution, "--server", server.address)
    running.until("Execution started")
    running.signal(signal.SIGINT)
    done = running.end()
    assert done.code == 130
    assert "it goes on; this server cannot cancel executions" in done.text
    assert fits(done.text)


def test_a_time_out_says_that_it_goes_on(server: OriginalServer, shared: World, demo: Path) -> None:
    server.runners.hold()
    for seconds in ("1", "4", "16", "40"):  # until the machine is quick enough to have started it by then
        done = shared.run("run", "fetch", "--timeout", seconds, "--server", server.address, cwd=demo)
        assert done.code == 124
        if "Execution started" in done.out:
            break
    assert "this server cannot cancel" in done.err
    assert fits(done.text)


def test_no_follow_names_the_server_in_what_to_type_next(
    server: OriginalServer, shared: World, demo: Path
) -> None:
    execution = held(server, shared, demo)
    done = shared.run("run", "fetch", "--no-follow", "--server", server.address, cwd=demo)
    assert f"--server {server.address}" in done.text
    server.runners.may_go_on.set()
    followed = shared.run("executions", "follow", execution, "--server", server.address)
    assert followed.code == 0
    # Where the variable says it already, nothing needs to be added.
    server.runners.may_go_on.set()
    quiet = shared.run("run", "fetch", "--no-follow", cwd=demo, env={"STIGMER_SERVER_ADDR": server.address})
    assert "executions follow" in quiet.text
    assert "--server" not in quiet.text


def test_the_list_says_that_there_is_none(server: OriginalServer, shared: World, demo: Path) -> None:
    held(server, shared, demo)
    done = shared.run("executions", "list", "--server", server.address)
    assert done.code == 4
    assert f"the backend at {server.address} has no list of executions" in done.err
    assert "Nothing has run yet" not in done.text


def test_sessions_that_it_does_not_list(server: OriginalServer, shared: World, demo: Path) -> None:
    assert shared.run("run", "helper", "-o", "quiet", "--server", server.address, cwd=demo).code == 0
    done = shared.run("session", "list", "--server", server.address)
    assert "This server lists no conversations, even if it has some" in done.out
    last = shared.run("run", "--session", "last", "-m", "again", "--server", server.address)
    assert last.code == 1
    assert "this server does not list conversations" in last.err
    assert "give the whole ID" in last.err
    [session] = server.resources.of("Session")
    again = (
        "run",
        "--session",
        session.metadata.id,
        "-m",
        "again",
        "-o",
        "quiet",
        "--server",
        server.address,
    )
    assert shared.run(*again).code == 0


def test_an_id_that_is_not_whole(server: OriginalServer, shared: World) -> None:
    done = shared.run("executions", "show", "wex-0", "--server", server.address)
    assert done.code == 1
    assert "no execution with the id wex-0" in done.err
    assert "give the whole ID" in done.err
    assert "executions list" not in done.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("cancel", "ID"), "this server cannot cancel executions: ID goes on"),
        (("signal", "ID", "go"), "takes no signals for executions"),
        (("prune", "--keep", "1"), "cannot delete executions by their age or number"),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_what_it_lacks_is_said_in_words(
    words: tuple[str, ...], said: str, server: OriginalServer, shared: World, demo: Path
) -> None:
    execution = held(server, shared, demo)
    command = [execution if word == "ID" else word for word in words]
    done = shared.run("executions", *command, "--server", server.address)
    assert done.code == 4
    assert said.replace("ID", execution) in done.err
    assert fits(done.text)
    assert "Method not found" not in done.text
    assert "check the address" not in done.text


def test_what_has_ended_needs_no_cancel(server: OriginalServer, shared: World, demo: Path) -> None:
    execution = held(server, shared, demo)
    server.runners.may_go_on.set()
    assert shared.run("executions", "follow", execution, "--server", server.address).code == 0
    done = shared.run("executions", "cancel", execution, "--server", server.address)
    assert (done.code, done.out) == (0, f"{execution} had already finished\n")


def test_a_watch_loop_that_cannot_cancel_says_so_and_goes_on(
    server: OriginalServer, shared: World, demo: Path
) -> None:
    server.runners.hold()
    running = shared.start("run", "fetch", "--watch", "-o", "json", "--server", server.address, cwd=demo)
    first = running.event("execution_created")["execution"]
    running.event("task_started")
    (demo / "main.py").write_text(PROGRAM.replace("localhost/b", "localhost/c"))
    second = running.event("execution_created")["execution"]
    assert first != second
    server.runners.may_go_on.set()
    running.event("run_finished")
    running.signal(signal.SIGINT)
    done = running.end()
    said = [event for event in map(json.loads, running.lines) if event["event"] == "watch_finished"]
    assert said[0]["left"] == [first]
    assert said[0]["hints"] == ["this server cannot cancel it"]
    assert fits(done.text)
