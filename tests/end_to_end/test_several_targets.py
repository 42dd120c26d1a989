"""`stigmer run A B` and `--all`, once and with --watch, as people use them."""

from __future__ import annotations

import json
import signal
from typing import Any

import pytest

from tests.end_to_end.programs import ONE_WORKFLOW, TWO_WORKFLOWS
from tests.support.command import Done, Running
from tests.support.poll import wait_until
from tests.support.snapshots import CANCELLED, COMPLETED, RUNNING, snapshot
from tests.support.world import World

TWO_SLOW = """
from stigmer import Workflow

for name in ("one", "two"):
    Workflow(name).wait("pause", 600)
"""
FAILING = (
    ONE_WORKFLOW
    + """
bad = Workflow("bad")
bad.raise_("stop", "out of coffee")
"""
)


def started(world: World) -> int:
    return len(world.run("executions", "list", "-o", "json").out.splitlines())


def ended(done: Done) -> dict[str, str]:
    """How the run of each target ended."""
    return {event["target"]: event["outcome"] for event in done.named("run_finished")}


def both_at_work(running: Running) -> list[str]:
    """The executions of both, as soon as a task of each has begun."""

    def seen(name: str) -> list[dict[str, Any]]:
        return [event for event in map(json.loads, running.lines) if event["event"] == name]

    while len(seen("task_started")) < 2:
        running.until(lambda line: True)
    return [event["execution"] for event in seen("execution_created")]


def test_all_run_at_once_and_a_table_says_how_they_ended(world: World) -> None:
    project = world.project(TWO_WORKFLOWS)
    done = world.run("run", "--all", cwd=project)
    assert done.code == 0, done.text
    assert done.out.count("Deployed 2 resource(s)") == 1
    for name, answer in (("greet", "hello"), ("part", "goodbye")):
        lines = [line for line in done.out.splitlines() if line.startswith(f"[{name}] ")]
        assert any(answer in line for line in lines), done.out
        assert f"── {name} ──" in done.out
    assert [line.split()[:2] for line in done.out.splitlines()[-2:]] == [
        ["greet", "succeeded"],
        ["part", "succeeded"],
    ]


def test_one_that_fails_is_the_status_and_stops_no_other(world: World) -> None:
    project = world.project(FAILING)
    done = world.run("run", "bad", "greet", "-o", "json", cwd=project)
    assert (done.code, ended(done)) == (1, {"greet": "succeeded", "bad": "failed"})
    assert len(done.named("apply_finished")) == 1


def test_a_name_that_nobody_knows_is_said_before_anything_runs(world: World) -> None:
    project = world.project(TWO_WORKFLOWS)
    done = world.run("run", "greet", "grete", cwd=project)
    assert (done.code, 'did you mean "greet"?' in done.err) == (1, True), done.text
    assert started(world) == 0


def test_an_interrupt_ends_all(world: World) -> None:
    project = world.project(TWO_SLOW)
    running = world.start("run", "--all", "-o", "json", cwd=project)
    executions = both_at_work(running)
    running.signal(signal.SIGINT)
    done = running.end()
    assert (done.code, set(ended(done).values())) == (130, {"cancelled"}), done.text
    assert [snapshot(world, each).status.phase for each in executions] == [CANCELLED, CANCELLED]


def test_so_many_jobs_at_a_time(world: World) -> None:
    project = world.project(TWO_WORKFLOWS)
    done = world.run("run", "greet", "part", "--jobs", "1", "-o", "json", cwd=project)
    assert done.code == 0, done.text
    ends = ("execution_created", "run_finished")
    order = [event["event"] for event in done.events if event["event"] in ends]
    assert order == ["execution_created", "run_finished"] * 2


def test_a_limit_of_time_is_for_all(world: World) -> None:
    project = world.project(TWO_SLOW)
    done = world.run("run", "--all", "--timeout", "3", "-o", "json", cwd=project)
    assert done.code == 124, done.text
    assert {event["outcome"] for event in done.named("run_finished")} == {"cancelled"}
    for created in done.named("execution_created"):
        assert snapshot(world, created["execution"]).status.phase == CANCELLED


def test_what_is_deployed_runs_outside_of_a_project_too(world: World) -> None:
    assert world.run("apply", cwd=world.project(TWO_WORKFLOWS)).code == 0
    done = world.run("run", "workflow:greet", "part", "-o", "quiet", cwd=world.dir)
    assert (done.code, sorted(done.out.split("\n"))) == (0, ["", '{"text": "goodbye"}', '{"text": "hello"}'])


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--all", "greet"], "--all and a name cannot be used together"),
        (["greet", "--jobs", "2"], "--jobs is for several targets"),
        (["--all", "--jobs", "2", "--watch"], "--watch and --jobs cannot be used together"),
    ],
)
def test_what_makes_no_sense_is_refused(world: World, arguments: list[str], complaint: str) -> None:
    done = world.run("run", *arguments, cwd=world.project(TWO_WORKFLOWS))
    assert (done.code, complaint in done.err) == (2, True), done.text


def test_all_needs_a_project(world: World) -> None:
    done = world.run("run", "--all", cwd=world.dir)
    assert (done.code, "--all needs a project" in done.err) == (2, True), done.text


def test_what_a_killed_loop_left_of_both_is_cancelled_by_the_next(world: World) -> None:
    project = world.project(TWO_SLOW)
    killed = world.start("run", "--all", "--watch", "-o", "json", cwd=project)
    left = both_at_work(killed)
    killed.signal(signal.SIGKILL)
    assert killed.end().code == -signal.SIGKILL
    assert [snapshot(world, each).status.phase for each in left] == [RUNNING, RUNNING]
    wait_until(lambda: not world.processes(), "the warm process of the killed loop is gone")

    following = world.start("run", "one", "two", "--watch", "-o", "json", cwd=project)
    cancelled = [following.event("leftover_cancelled") for _ in range(2)]
    assert sorted(each["execution"] for each in cancelled) == sorted(left)
    both_at_work(following)
    following.signal(signal.SIGINT)
    assert following.end().code == 130
    assert list((world.dir / ".stigmer" / "loops").iterdir()) == []
    world.nothing_is_left()


def test_a_loop_for_both_at_a_terminal(world: World) -> None:
    project = world.project(TWO_WORKFLOWS)
    terminal = world.terminal("run", "greet", "part", "--watch", cwd=project)
    terminal.expect("── run 1 · ")
    terminal.expect("── run 2 · ")
    terminal.expect("watching 2 files")
    (project / "main.py").write_text(TWO_WORKFLOWS.replace("goodbye", "see you"))
    terminal.expect(r"greet is unaffected: not rerun")
    terminal.expect(r"── run 3 · part · changed main\.py · applied 1 of 2 ·")
    terminal.expect(r"\[part\] .*see you")
    terminal.expect("watching 2 files")
    terminal.send("q")
    terminal.expect("ending: q was pressed")
    terminal.wait()
    assert terminal.exitstatus == 0
    world.nothing_is_left()


def test_events_say_which_target_they_are_of(world: World) -> None:
    project = world.project(TWO_WORKFLOWS)
    done = world.run("run", "--all", "--watch", "--runs", "1", "-o", "json", cwd=project)
    assert (done.code, ended(done)) == (0, {"greet": "succeeded", "part": "succeeded"}), done.text
    assert {event["target"] for event in done.named("run_started")} == {"greet", "part"}
    assert all("target" in event for name in ("task_started", "phase_changed") for event in done.named(name))
    created = {event["target"]: event["execution"] for event in done.named("execution_created")}
    assert [snapshot(world, each).status.phase for each in created.values()] == [COMPLETED, COMPLETED]
    assert json.loads(done.out.splitlines()[-1])["event"] == "watch_finished"
