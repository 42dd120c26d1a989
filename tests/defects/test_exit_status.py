"""Defects of the original command, by their numbers: exit status, and what the command line takes."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest

from tests.support.original.server import OriginalServer, original_server
from tests.support.world import World

NOBODY = "127.0.0.1:9"  # a port that nothing listens at
PROGRAM = """
from stigmer import Agent, Scripted, Workflow

fetch = Workflow("fetch")
fetch.set("one", a="1")
broken = Workflow("broken")
broken.raise_("no", error="Mine", message="not today")
Agent("helper", "Answer every question in one sentence.")
calls = Workflow("calls")
calls.http_get("one", "http://localhost/a")
"""


@pytest.fixture
def server() -> Iterator[OriginalServer]:
    with original_server() as server:
        yield server


def test_b01_what_keeps_a_run_from_starting_is_no_success(shared: World) -> None:
    project = shared.project(PROGRAM, name="b01")
    assert shared.run("run", "fetch", "--server", NOBODY, cwd=project).code == 4
    assert shared.run("run", cwd=shared.dir).code == 2  # no project here
    assert shared.run("run", "nobody", cwd=project).code == 1
    assert shared.run("run", cwd=project).code == 2  # several, and nobody to choose
    broken = shared.project("raise SystemExit('broken')", name="b01-broken")
    assert shared.run("run", cwd=broken).code == 3
    empty = shared.project("import stigmer\n", name="b01-empty")
    assert shared.run("run", cwd=empty).code != 0


def test_b02_a_bad_variable_and_a_refused_execution(server: OriginalServer, shared: World) -> None:
    project = shared.project(PROGRAM, name="b02")
    assert shared.run("run", "fetch", "-e", "=x", cwd=project).code == 2
    shared.run("apply", cwd=project, env={"STIGMER_SERVER_ADDR": server.address})
    [agent] = server.resources.of("Agent")
    server.resources.delete("Agent", agent.metadata.id)
    gone = shared.run("run", agent.metadata.id, "--server", server.address)
    assert gone.code == 1


def test_b03_a_broken_stream_is_taken_up_again(server: OriginalServer, shared: World) -> None:
    server.executions.cut += [grpc.StatusCode.UNAVAILABLE] * 2
    server.runners.hold()
    running = shared.start("run", "calls", "--server", server.address, "-o", "json", cwd=_demo(shared, "b03"))
    running.event("reconnecting")
    server.runners.may_go_on.set()
    done = running.end()
    assert done.code == 0, done.text


def test_b03_a_stream_that_is_refused_is_a_failure(server: OriginalServer, shared: World) -> None:
    server.executions.cut += [grpc.StatusCode.INTERNAL] * 50
    server.runners.hold()
    done = shared.run("run", "calls", "--server", server.address, cwd=_demo(shared, "b03-refused"))
    assert done.code == 4
    assert "executions follow" in done.err


@pytest.mark.parametrize(("name", "code"), [("fetch", 0), ("broken", 1)])
def test_b04_the_end_of_the_execution_is_the_exit_status(name: str, code: int, shared: World) -> None:
    project = _demo(shared, f"b04-{name}")
    for output in ("plain", "json", "quiet"):
        assert shared.run("run", name, "-o", output, cwd=project).code == code


def test_b04_a_cancelled_execution_is_no_success(shared: World) -> None:
    project = shared.project(
        "from stigmer import Workflow\nslow = Workflow('slow')\nslow.wait('nap', 600)\n", name="b04-cancelled"
    )
    running = shared.start("run", "-o", "json", cwd=project)
    execution = running.event("execution_created")["execution"]
    running.event("task_started")
    assert shared.run("executions", "cancel", execution).code == 0
    assert running.end().code == 1


def test_b05_a_stream_that_ends_in_silence_is_not_the_end(server: OriginalServer, shared: World) -> None:
    server.executions.cut += [grpc.StatusCode.OK]
    server.runners.hold()
    running = shared.start("run", "calls", "--server", server.address, "-o", "json", cwd=_demo(shared, "b05"))
    running.event("reconnecting")
    server.runners.may_go_on.set()
    done = running.end()
    assert done.code == 0, done.text
    assert done.named("phase_changed")[-1]["phase"] == "completed"


def test_b07_errors_and_warnings_go_to_standard_error(shared: World) -> None:
    project = _demo(shared, "b07")
    failed = shared.run("run", "broken", cwd=project)
    assert "not today" in failed.err
    unknown = shared.run("run", "nobody", cwd=project)
    assert "nobody" in unknown.err
    assert "nobody" not in unknown.out
    good = shared.run("run", "fetch", cwd=project)
    assert good.err == ""
    assert "✓ ✓" not in good.out + shared.run("apply", cwd=project).out


def test_b09_words_too_many_are_refused(shared: World) -> None:
    for command in (("apply", "extra"), ("server", "status", "extra"), ("executions", "show", "a", "b")):
        done = shared.run(*command, cwd=_demo(shared, "b09"))
        assert done.code == 2
        assert command[-1] in done.err


def test_b14_no_follow_is_an_option_in_either_spelling(shared: World) -> None:
    project = _demo(shared, "b14")
    for option in ("--no-follow", "--follow=false"):
        done = shared.run("run", "fetch", option, cwd=project)
        assert done.code == 0, done.text
        assert "Execution completed" not in done.out
        assert "stigmer executions follow" in done.text
    assert "--no-follow" in shared.run("run", "--help").out


def test_b22_ctrl_c_stops_the_execution_and_says_so(shared: World) -> None:

    program = "from stigmer import Workflow\nslow = Workflow('slow')\nslow.wait('nap', 600)\n"
    running = shared.start("run", cwd=shared.project(program, name="b22"))
    running.until("Task: nap [Running]")
    running.signal(signal.SIGINT)
    done = running.end()
    assert done.code == 130
    assert "cancelled" in done.err
    execution = next(line for line in done.out.splitlines() if line.startswith("Execution ID: "))
    shown = shared.run("executions", "show", execution.removeprefix("Execution ID: "), "-o", "json")
    assert '"phase": "cancelled"' in shown.out


def test_b23_variables_are_checked_before_anything_runs(shared: World) -> None:
    project = shared.project("raise SystemExit('the program ran')", name="b23")
    done = shared.run("run", "-e", "NO_VALUE_ANYWHERE", cwd=project)
    assert done.code == 2
    assert "NO_VALUE_ANYWHERE" in done.err
    assert "the program ran" not in done.text


def test_b25_a_secret_need_not_be_on_the_command_line(shared: World) -> None:
    program = """
from stigmer import Workflow, runtime
show = Workflow("show")
show.set("seen", known=runtime.secret("API_KEY") == "s3cret-of-b25")
"""
    project = shared.project(program, name="b25")
    (project / "secrets.env").write_text("secret:API_KEY=s3cret-of-b25\n")
    ways = (
        (("-e", "secret:API_KEY"), {"API_KEY": "s3cret-of-b25"}, None),
        (("--env-file", "secrets.env"), {}, None),
        (("--env-file", "/dev/stdin"), {}, "secret:API_KEY=s3cret-of-b25\n"),
    )
    for arguments, env, given in ways:
        done = shared.run("run", "-o", "quiet", *arguments, cwd=project, env=env, stdin=given)
        assert (done.code, done.out) == (0, '{"known": true}\n'), done.text


def test_b26_without_a_terminal_the_exact_commands_are_shown(shared: World) -> None:
    done = shared.run("run", cwd=_demo(shared, "b26"))
    assert done.code == 2
    for name in ("fetch", "broken", "helper", "calls"):
        assert f"stigmer run {name}" in done.err


def _demo(shared: World, name: str) -> Path:
    return shared.project(PROGRAM, name=name)
