"""`stigmer run --watch` as people use it: at a terminal, with edits, keys and signals."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import termios
from pathlib import Path

import pexpect
import pytest

from tests.end_to_end.programs import ONE_WORKFLOW, SLOW_WORKFLOW, TWO_WORKFLOWS
from tests.support.command import Running
from tests.support.poll import PATIENCE_SECONDS, wait_until
from tests.support.snapshots import CANCELLED, RUNNING, snapshot
from tests.support.world import STIGMER, World


def modes(terminal: pexpect.spawn[str]) -> int:
    """Echo and line editing, as the terminal has them now."""
    flags: int = termios.tcgetattr(terminal.child_fd)[3]
    return flags & (termios.ECHO | termios.ICANON)


def execution_in(terminal: pexpect.spawn[str]) -> str:
    terminal.expect(r"Execution ID: (\S+)")
    match = terminal.match
    assert isinstance(match, re.Match)
    return str(match[1])


def watching(world: World, project: Path, *more: str) -> Running:
    return world.start("run", "--watch", "-o", "json", *more, cwd=project)


def test_edits_and_keys_at_a_terminal(world: World) -> None:
    project = world.project(ONE_WORKFLOW)
    terminal = world.terminal("run", "greet", "--watch", cwd=project)
    terminal.expect("── run 1 · applied 1 of 1 ·")
    terminal.expect(r"run 1 ✓ \d.* · watching 2 files · \? keys")
    terminal.send("?")
    terminal.expect("r rerun · c cancel · p pause · h history · e explain · q quit")
    (project / "main.py").write_text(ONE_WORKFLOW.replace("hello", "good morning"))
    terminal.expect(r"── run 2 · changed main\.py · applied 1 of 1 ·")
    terminal.expect("good morning")
    terminal.expect("watching")
    terminal.send("r")
    terminal.expect("── run 3 · requested ·")
    terminal.expect("watching")
    terminal.send("h")
    terminal.expect(r"RUN +AT +WHY +END")
    terminal.expect(r"3 .*requested +succeeded")
    terminal.send("q")
    terminal.expect("ending: q was pressed")
    terminal.expect(pexpect.EOF)
    terminal.wait()
    assert terminal.exitstatus == 0
    world.nothing_is_left()


@pytest.mark.parametrize("end", ["q", "interrupt", "terminate", "at once"])
def test_the_terminal_is_as_before_and_nothing_runs_on(world: World, end: str) -> None:
    project = world.project(SLOW_WORKFLOW)
    terminal = world.terminal("run", "slow", "--watch", cwd=project)
    before = modes(terminal)
    execution = execution_in(terminal)
    terminal.expect("Task: .*Running")
    assert modes(terminal) == 0
    match end:
        case "q":
            terminal.send("q")
        case "interrupt":
            terminal.sendintr()
        case "terminate":
            terminal.kill(signal.SIGTERM)
        case _:
            terminal.kill(signal.SIGINT)
            terminal.kill(signal.SIGINT)
    terminal.expect(pexpect.EOF)
    after = modes(terminal)
    terminal.wait()
    assert after == before
    assert terminal.exitstatus == {"q": 0, "terminate": 143}.get(end, 130)
    if end != "at once":
        assert snapshot(world, execution).status.phase == CANCELLED
    world.nothing_is_left()


def test_what_a_killed_loop_left_is_cancelled_by_the_next(world: World) -> None:
    project = world.project(SLOW_WORKFLOW)
    killed = watching(world, project)
    left = killed.event("execution_created")["execution"]
    killed.event("task_started")
    killed.signal(signal.SIGKILL)
    assert killed.end().code == -signal.SIGKILL
    assert snapshot(world, left).status.phase == RUNNING
    wait_until(lambda: not world.processes(), "the warm process of the killed loop is gone")

    following = watching(world, project)
    cancelled = following.event("leftover_cancelled")
    assert (cancelled["execution"], cancelled["outcome"]) == (left, "confirmed")
    assert snapshot(world, left).status.phase == CANCELLED
    following.event("task_started")
    following.signal(signal.SIGINT)
    assert following.end().code == 130
    assert list((world.dir / ".stigmer" / "loops").iterdir()) == []
    world.nothing_is_left()


def test_a_loop_leaves_another_ones_executions_alone(world: World) -> None:
    project = world.project(SLOW_WORKFLOW)
    first = watching(world, project)
    execution = first.event("execution_created")["execution"]
    first.event("task_started")
    second = watching(world, project)
    second.event("task_started")
    assert snapshot(world, execution).status.phase == RUNNING
    for each in (first, second):
        each.signal(signal.SIGTERM)
        assert each.end().code == 143
    world.nothing_is_left()


def test_a_killed_backend_comes_back_by_itself(world: World) -> None:
    project = world.project(ONE_WORKFLOW)
    loop = watching(world, project)
    loop.event("watch_ready")
    world.kill_daemon()
    (project / "main.py").write_text(ONE_WORKFLOW.replace("hello", "again"))
    assert loop.event("run_started")["run"] == 2
    assert loop.event("run_finished")["answer"] == '{"text": "again"}'
    loop.signal(signal.SIGINT)
    assert loop.end().code == 130


def test_a_run_survives_its_killed_backend_and_is_superseded_as_ever(world: World) -> None:
    project = world.project(SLOW_WORKFLOW)
    loop = watching(world, project)
    first = loop.event("execution_created")["execution"]
    loop.event("task_started")
    world.kill_daemon()
    loop.event("reconnected")
    (project / "main.py").write_text(SLOW_WORKFLOW.replace("600", "601"))
    assert loop.event("cancel_finished")["outcome"] == "confirmed"
    second = loop.event("execution_created")["execution"]
    loop.event("task_started")
    assert snapshot(world, first).status.phase == CANCELLED
    assert snapshot(world, second).status.phase == RUNNING
    loop.signal(signal.SIGINT)
    assert loop.end().code == 130


def test_the_reader_goes_away(world: World) -> None:
    project = world.project(SLOW_WORKFLOW)
    command = [STIGMER, "run", "--watch", "-o", "json"]
    with subprocess.Popen(command, cwd=project, env=world.environ, stdout=subprocess.PIPE, text=True) as loop:
        assert loop.stdout
        events = (json.loads(line) for line in loop.stdout)
        execution = next(each["execution"] for each in events if each["event"] == "execution_created")
        next(each for each in events if each["event"] == "task_started" and each["task"] == "pause")
        loop.stdout.close()
        (project / "main.py").write_text(SLOW_WORKFLOW.replace("600", "601"))
        assert loop.wait(PATIENCE_SECONDS) == 141
    assert snapshot(world, execution).status.phase == CANCELLED
    world.nothing_is_left()


def test_variables_are_read_again(world: World) -> None:
    project = world.project(ONE_WORKFLOW, yaml="name: shop\nruntime: python\nrun: {env_file: .env}\n")
    (project / ".gitignore").write_text(".env\n")
    (project / ".env").write_text("NAME=Ada\n")
    loop = watching(world, project)
    loop.event("watch_ready")
    (project / ".env").write_text("NAME=Grace\n")
    started = loop.event("run_started")
    assert (started["cause"], started["changed"]) == ("environment", [".env"])
    loop.event("watch_ready")
    (project / ".env").write_text("NAME\n")
    assert "NAME has no value" in loop.event("edit_broken")["error"]
    loop.signal(signal.SIGINT)
    loop.end()


def test_its_own_log_in_the_project_starts_nothing(shared: World) -> None:
    project = shared.project(ONE_WORKFLOW, name="logged")
    log = project / "log.txt"
    with log.open("w") as out:
        running = subprocess.Popen(
            [STIGMER, "run", "greet", "--watch", "--runs", "2", "-o", "json"],
            cwd=project,
            env=shared.environ,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
        )
    try:
        wait_until(lambda: '"watch_ready"' in log.read_text(), "the first run is over")
        (project / "main.py").write_text(ONE_WORKFLOW.replace("hello", "good morning"))
        assert running.wait(60) == 0
    finally:
        running.kill()
        running.wait()
    changes = [json.loads(line) for line in log.read_text().splitlines() if '"change_seen"' in line]
    assert [change["modified"] for change in changes] == [["main.py"]]


def test_a_broken_project_ends_a_loop_of_so_many_runs_unless_somebody_is_there(world: World) -> None:
    project = world.project("import stigmer\nprint(missing)\n")
    done = world.run("run", "--watch", "--runs", "1", cwd=project)
    assert done.code == 3
    assert "nobody is at a terminal to mend it" in done.out
    terminal = world.terminal("run", "--watch", "--runs", "1", cwd=project)
    terminal.expect("NameError")
    terminal.expect("watching")
    (project / "main.py").write_text(ONE_WORKFLOW)
    terminal.expect("ending: that was the last run")
    terminal.expect(pexpect.EOF)
    terminal.wait()
    assert terminal.exitstatus == 0


def test_each_save_is_answered_at_once_at_a_terminal(world: World) -> None:
    project = world.project(ONE_WORKFLOW)
    terminal = world.terminal("run", "greet", "--watch", cwd=project)
    terminal.expect("watching")
    go_on = world.dir / "go-on"
    slow = f"import os, time\nprint('reading')\nwhile not os.path.exists({str(go_on)!r}): time.sleep(0.005)\n"
    (project / "main.py").write_text(slow + ONE_WORKFLOW.replace("hello", "hi"))
    terminal.expect(r"main\.py changed")
    said = [terminal.expect(["reading", r"running main\.py …"]) for _ in range(2)]
    assert sorted(said) == [0, 1]
    go_on.touch()
    terminal.expect(r"── run 2 · changed main\.py")
    terminal.expect("watching")
    (project / "main.py").write_text("nothing")
    terminal.expect(r"main\.py changed")
    terminal.expect("NameError")
    terminal.expect("watching")
    (project / "main.py").write_text(ONE_WORKFLOW)
    terminal.expect(r"main\.py works again")
    terminal.expect("── run 3")
    terminal.expect("watching")
    terminal.send("q")
    terminal.expect(pexpect.EOF)
    terminal.wait()
    assert terminal.exitstatus == 0


def test_what_was_chosen_once_is_not_asked_again(world: World) -> None:
    project = world.project(TWO_WORKFLOWS)
    terminal = world.terminal("run", "--watch", cwd=project)
    terminal.expect("Select")
    terminal.send("\r")
    terminal.expect("── run 1")
    terminal.expect("watching")
    terminal.send("r")
    terminal.expect("── run 2 · requested")
    terminal.expect("watching")
    (project / "main.py").write_text(TWO_WORKFLOWS.replace("hello", "hi").replace("goodbye", "bye"))
    terminal.expect(r"── run 3 · changed main\.py")
    terminal.expect("watching")
    terminal.send("q")
    terminal.expect(pexpect.EOF)
    terminal.wait()
    assert terminal.exitstatus == 0
