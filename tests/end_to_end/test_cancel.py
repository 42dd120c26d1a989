"""Stopping a run stops the execution, too, and says that it is confirmed."""

from __future__ import annotations

import signal

import pytest

from tests.end_to_end.programs import SLOW_AGENT, SLOW_WORKFLOW
from tests.support.poll import wait_until
from tests.support.snapshots import CANCELLED, snapshot
from tests.support.world import World


@pytest.mark.parametrize(
    ("number", "code", "reason"),
    [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "terminated")],
    ids=["Ctrl-C", "SIGTERM"],
)
def test_a_signal_cancels_and_waits_for_the_confirmation(
    shared: World, number: signal.Signals, code: int, reason: str
) -> None:
    running = shared.start("run", "slow", "-o", "json", cwd=shared.project(SLOW_WORKFLOW))
    execution = running.event("execution_created")["execution"]
    running.event("task_started")
    running.signal(number)
    done = running.end()
    assert done.code == code
    assert [event["reason"] for event in done.named("cancel_started")] == [reason]
    assert [event["outcome"] for event in done.named("cancel_finished")] == ["confirmed"]
    assert done.events[-1]["event"] == "run_finished"
    assert snapshot(shared, execution).status.phase == CANCELLED
    shared.nothing_is_left()


def test_a_timeout_cancels(shared: World) -> None:
    project = shared.project(SLOW_WORKFLOW)
    assert shared.run("apply", cwd=project).code == 0
    # Long enough for a busy machine to get as far as the execution, which would last ten minutes.
    done = shared.run("run", "slow", "--timeout", "4", "-o", "json", cwd=project)
    assert done.code == 124, done.text
    execution = done.named("execution_created")[0]["execution"]
    assert snapshot(shared, execution).status.phase == CANCELLED
    shared.nothing_is_left()


def test_ctrl_c_at_the_terminal_says_what_became_of_it(shared: World) -> None:
    terminal = shared.terminal("run", "slow", "-o", "plain", cwd=shared.project(SLOW_WORKFLOW))
    terminal.expect("Task: .*Running")
    terminal.sendintr()
    terminal.expect("cancelled")
    terminal.expect_exact([terminal.crlf, "\n"])
    terminal.wait()
    assert terminal.exitstatus == 130


def test_a_signal_while_the_program_is_synthesised_ends_it(shared: World) -> None:
    project = shared.project(
        "import pathlib, time\npathlib.Path('started').touch()\ntime.sleep(600)\n", name="stuck"
    )
    running = shared.start("run", cwd=project)
    wait_until((project / "started").exists, "the program runs")
    running.signal(signal.SIGINT)
    assert running.end().code == 130
    shared.nothing_is_left()


def test_an_agent_at_work_is_cancelled(shared: World) -> None:
    project = shared.project(SLOW_AGENT, name="agent")
    (project / "script.yaml").write_text("- delay: 600\n  say: Too late.\n")
    running = shared.start("run", "slow-agent", "-o", "json", cwd=project)
    running.event("message_started")
    running.signal(signal.SIGINT)
    done = running.end()
    assert done.code == 130
    assert [event["outcome"] for event in done.named("cancel_finished")] == ["confirmed"]
    shared.nothing_is_left()
