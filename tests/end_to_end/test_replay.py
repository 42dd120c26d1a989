"""`--save-transcript` and `stigmer replay`: what was on the screen can be seen again."""

from __future__ import annotations

import json
import re
import signal
import stat
import subprocess
from pathlib import Path

import pexpect
import pyte
import pytest

from tests.devloop.render.live.stage import VARIATION
from tests.end_to_end.programs import ONE_WORKFLOW, SLOW_WORKFLOW
from tests.support.poll import PATIENCE_SECONDS
from tests.support.world import STIGMER, World

NESTED = """
from stigmer import Agent, Scripted, Workflow

poet = Agent("poet", "You write short poems.", model=Scripted("poet.yaml"))
part = Workflow("part")
part.call_agent("poem", poet, "Write.")
whole = Workflow("whole")
with whole.fork("pair") as pair:
    with pair.branch("left"):
        whole.run("child", part)
    with pair.branch("right"):
        whole.set("note", text="meanwhile")
"""


def nested(world: World) -> Path:
    project = world.project(NESTED)
    (project / "poet.yaml").write_text("- say: |\n    The sea is wide, 海は広い.\n", "utf-8")
    return project


@pytest.mark.parametrize("named", [("whole",), ()])
def test_a_run_is_drawn_as_it_was(world: World, named: tuple[str, ...]) -> None:
    project = nested(world) if named else world.project(ONE_WORKFLOW)
    done = world.run("run", *named, "--save-transcript", "t.jsonl", cwd=project)
    again = world.run("replay", "t.jsonl", cwd=project)
    assert (done.code, again.code, again.err) == (0, 0, "")
    assert again.out == done.out
    assert stat.S_IMODE((project / "t.jsonl").stat().st_mode) == 0o600


def test_a_failure_is_drawn_with_its_error_and_the_replay_succeeds(world: World) -> None:
    project = world.project(ONE_WORKFLOW + '\ngreet.raise_("stop", "out of coffee")\n')
    done = world.run("run", "--save-transcript", "t.jsonl", cwd=project)
    again = world.run("replay", "t.jsonl", cwd=project)
    assert (done.code, again.code) == (1, 0)
    assert (again.out, again.err) == (done.out, done.err)


def test_what_json_wrote_is_a_transcript_too_and_keeps_its_times(world: World) -> None:
    project = nested(world)
    done = world.run("run", "whole", "-o", "json", cwd=project)
    (project / "t.jsonl").write_text(done.out, "utf-8")
    again = world.run("replay", "t.jsonl", "-o", "json", cwd=project)
    assert again.out == done.out


def test_a_watch_loop_is_drawn_as_it_was(world: World) -> None:
    project = world.project(ONE_WORKFLOW)
    running = world.start(
        "run", "--watch", "-o", "plain", "--save-transcript", "t.jsonl", "greet", cwd=project
    )
    running.until("watching 2 files")
    (project / "main.py").write_text(ONE_WORKFLOW.replace("hello", "good morning"))
    running.until("good morning")
    running.until("watching 2 files")
    running.signal(signal.SIGINT)
    done = running.end()
    again = world.run("replay", "t.jsonl", "-o", "plain", cwd=project)
    assert (again.out, again.code) == (done.out, 0)


def test_several_runs_are_drawn_with_the_table_of_their_ends(world: World) -> None:
    project = nested(world)
    done = world.run("run", "whole", "part", "--save-transcript", "t.jsonl", cwd=project)
    again = world.run("replay", "t.jsonl", cwd=project)
    assert again.out.splitlines()[-3:] == done.out.splitlines()[-3:]
    assert sorted(again.out.splitlines()) == sorted(done.out.splitlines())


def test_a_killed_run_can_be_replayed_up_to_there(world: World) -> None:
    project = world.project(SLOW_WORKFLOW)
    running = world.start("run", "-o", "json", "--save-transcript", "t.jsonl", cwd=project)
    running.event("task_started")
    running.signal(signal.SIGKILL)
    running.end()
    again = world.run("replay", "t.jsonl", cwd=project)
    assert again.code == 0
    assert re.search(r"Task: pause \[Running", again.out)


def test_a_pipe_is_drawn_as_it_comes(world: World) -> None:
    project = world.project(SLOW_WORKFLOW)
    running = world.start("run", "-o", "json", cwd=project)
    with subprocess.Popen(
        [STIGMER, "replay", "-", "-o", "plain"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=world.environ,
    ) as replaying:
        assert replaying.stdin
        assert replaying.stdout
        running.event("task_started")
        replaying.stdin.write("".join(f"{line}\n" for line in running.lines))
        replaying.stdin.flush()
        while "Task: pause" not in replaying.stdout.readline():
            pass
        running.signal(signal.SIGINT)
        running.end()
        replaying.stdin.close()
        assert replaying.wait(PATIENCE_SECONDS) == 0


def test_at_a_terminal_it_is_live_and_ends_with_a_clean_screen(world: World) -> None:
    project = nested(world)
    world.run("run", "whole", "--save-transcript", "t.jsonl", cwd=project)
    terminal = world.terminal("replay", "t.jsonl", cwd=project)
    terminal.expect(pexpect.EOF)
    terminal.wait()
    screen = pyte.Screen(100, 80)
    pyte.Stream(screen).feed(str(terminal.before).replace(VARIATION, ""))
    shown = "\n".join(screen.display)
    assert terminal.exitstatus == 0
    assert "\x1b[?25l" in str(terminal.before)  # something was drawn
    assert "Done!" in shown
    assert "Ctrl-C" not in shown
    assert not screen.cursor.hidden


def test_ctrl_c_ends_a_slow_replay_and_leaves_the_terminal_clean(world: World) -> None:
    project = world.project(ONE_WORKFLOW)
    world.run("run", "--save-transcript", "t.jsonl", cwd=project)
    events = [json.loads(line) for line in (project / "t.jsonl").read_text().splitlines()]
    created = next(at for at, each in enumerate(events) if each["event"] == "execution_created")
    for at, each in enumerate(events):
        each["at"] = f"2026-01-01T0{int(at > created)}:00:00Z"
    (project / "t.jsonl").write_text("".join(f"{json.dumps(each)}\n" for each in events))
    terminal = world.terminal("replay", "t.jsonl", "--speed", "0.0001", cwd=project)
    terminal.expect("Execution ID")
    terminal.sendintr()
    terminal.expect(pexpect.EOF)
    terminal.wait()
    assert terminal.exitstatus == 130
    assert str(terminal.before).rfind("\x1b[?25h") >= str(terminal.before).rfind("\x1b[?25l")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nothing.jsonl",), "cannot read nothing.jsonl: No such file or directory"),
        (("main.py",), "main.py:2 is not JSON: this is no transcript"),
        ((".",), "cannot read .: Is a directory"),
        (("main.py", "--speed", "-1"), "--speed -1 is no speed"),
        (("main.py", "--speed", "nan"), "--speed nan is no speed"),
    ],
)
def test_what_is_no_transcript_is_said(world: World, arguments: tuple[str, ...], said: str) -> None:
    project = world.project("\nfrom stigmer import Workflow\n")
    done = world.run("replay", *arguments, cwd=project)
    assert (done.code, done.out) == (2, "")
    assert said in done.err


def test_lines_of_a_newer_version_are_left_out_and_counted(world: World) -> None:
    project = world.project(ONE_WORKFLOW)
    world.run("run", "--save-transcript", "t.jsonl", cwd=project)
    with (project / "t.jsonl").open("a") as file:
        file.write(json.dumps({"event": "task_dreamt", "at": "2031-01-01T00:00:00Z"}) + "\n")
    done = world.run("replay", "t.jsonl", cwd=project)
    assert done.code == 0
    assert "1 line of a newer version left out" in done.err
