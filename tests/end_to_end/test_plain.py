"""The plain form by the real command: executions within the run, failures, 50 columns, `executions show`."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pexpect
import pyte
import pytest

from devloop.render.loop_log import KEYS
from devloop.render.schema import execution_schema
from tests.support.poll import wait_until
from tests.support.world import World

PROGRAM = """
from stigmer import Agent, Scripted, Workflow, activity

poet = Agent("poet", "You write short poems.", model=Scripted("poet.yaml"))
critic = Agent("critic", "You judge poems in a line.", model=Scripted("critic.yaml"))
grump = Agent("grump", "You fail whatever comes.", model=Scripted("grump.yaml"))


@activity
def shout(text: str) -> str:
    print(f"shouting {text}")
    raise ValueError(f"cannot shout {text}")


inner = Workflow("inner")
inner.call_agent("judge", critic, "Judge this.")

both = Workflow("both")
with both.fork("pair") as pair:
    with pair.branch("left"):
        both.call_agent("poem", poet, "Write.")
    with pair.branch("right"):
        both.run("child", inner)
both.set("done", ok=True)

loud = Workflow("loud")
loud.call_activity("yell", shout, {"text": "hello"})

deep = Workflow("deep")
deep.run("child", loud)

waiting = Workflow("waiting")
waiting.set("first", ready=True)
waiting.listen("approval", "approve")
"""
SLOWLY = "chunk: {seconds: 0.01, characters: 3}"
SAYS = {
    "poet.yaml": f"- say: |\n    The sea is wide, 海は広い,\n    the sea is blue.\n  {SLOWLY}\n",
    "critic.yaml": f"- say: It rhymes, and it goes on for a while.\n  {SLOWLY}\n",
    "grump.yaml": "- fail: it is too early\n",
}
POET = "   [pair/left/poem › poet] "
CRITIC = "      [pair/right/child › judge › critic] "
EXECUTION = re.compile(r"Execution ID: (\S+)")


@pytest.fixture(scope="module")
def project(shared: World) -> Path:
    directory = shared.project(PROGRAM, name="plain")
    for name, text in SAYS.items():
        (directory / name).write_text(text)
    return directory


def seen(terminal: pexpect.spawn[str], columns: int) -> list[str]:
    """What stands on the screen at the end."""
    screen = pyte.Screen(columns, 60)
    screen.set_mode(pyte.modes.LNM)
    pyte.Stream(screen).feed(terminal.read().replace("\ufe0f", ""))
    terminal.wait()
    assert terminal.exitstatus == 0
    # A wide sign has a cell of its own and an empty one after it.
    return [line.rstrip() for line in screen.display]


def id_of(output: str) -> str:
    found = EXECUTION.search(output)
    assert found, output
    return found[1]


def test_agents_that_talk_at_the_same_time_have_lines_of_their_own(shared: World, project: Path) -> None:
    done = shared.run("run", "both", "-o", "plain", cwd=project)
    assert done.code == 0, done.text
    lines = [line for line in done.out.splitlines() if "⏳" not in line]  # a first agent process starts
    poet = [line.removeprefix(POET) for line in lines if line.startswith(POET)]
    critic = [line.removeprefix(CRITIC) for line in lines if line.startswith(CRITIC)]
    assert poet[1:4] == ["💬 Asked: Write.", "🤖 Agent: The sea is wide, 海は広い,", "the sea is blue."]
    assert critic[1:3] == ["💬 Asked: Judge this.", "🤖 Agent: It rhymes, and it goes on for a while."]
    assert "   [pair/right/child › inner] ⚙️ Task: judge [Running]" in lines
    assert re.search(r"^✓ Task: pair/left/poem \[Completed\] [\d.]+m?s$", done.out, re.MULTILINE)
    assert re.search(r"^Tokens: \d+ in, \d+ out$", done.out, re.MULTILINE)


def test_several_targets_mark_what_runs_within_them(shared: World, project: Path) -> None:
    done = shared.run("run", "both", "deep", "-o", "plain", cwd=project)
    assert done.code == 1
    _, _, blocks = done.out.partition("\n── ")
    lines = [line for line in f"── {blocks}".partition("\nTARGET ")[0].splitlines() if line]
    assert [line for line in lines if not line.startswith(("── ", "[both] ", "[deep] "))] == []
    assert f"[both] {POET}🤖 Agent: The sea is wide, 海は広い," in lines
    assert f"[both] {CRITIC}🤖 Agent: It rhymes, and it goes on for a while." in lines
    assert "[deep]    [child › loud]    ValueError: cannot shout hello" in lines
    assert "[deep] Error: task child › yell failed: ValueError: cannot shout hello" in done.err


def test_a_failure_deep_inside_is_told_once_and_on_one_line(shared: World, project: Path) -> None:
    done = shared.run("run", "deep", "-o", "plain", cwd=project)
    assert done.code == 1
    assert done.out.count("ValueError: cannot shout hello") == 1
    assert done.out.count("Traceback") == 0
    assert "   [child › loud]    ValueError: cannot shout hello\n" in done.out
    assert "   workflow loud failed: task yell failed (see above)\n" in done.out
    line = next(n for n, text in enumerate(PROGRAM.splitlines(), start=1) if "raise ValueError" in text)
    told = done.err.splitlines()
    assert f"Error: task child › yell failed: ValueError: cannot shout hello (main.py:{line})" in told
    assert f"all of it: stigmer executions show {id_of(done.out)}" in done.err
    assert f"to go on: stigmer run --resume {id_of(done.out)}" in done.err


def test_following_does_not_advise_to_follow(shared: World, project: Path) -> None:
    execution = id_of(shared.run("run", "deep", "-o", "plain", cwd=project).out)
    done = shared.run("executions", "follow", execution)
    assert done.code == 1
    assert "stigmer executions" not in done.text
    assert done.out.count("ValueError: cannot shout hello") == 1


@pytest.mark.parametrize("columns", [40, 50])
def test_a_list_fits_a_narrow_terminal(shared: World, project: Path, columns: int) -> None:
    execution = id_of(shared.run("run", "loud", "-o", "plain", cwd=project).out)
    shown = seen(shared.terminal("executions", "list", "-n", "3", cwd=project, columns=columns), columns)
    assert shown[0].startswith("ID · TYPE · NAME · PHASE")
    row = next(number for number, line in enumerate(shown) if line.startswith(execution))
    assert re.search(r"loud · Failed|loud$", shown[row]) or shown[row + 1].startswith("  ")
    assert "Failed" in f"{shown[row]} {shown[row + 1]}"


def test_a_run_fits_a_narrow_terminal(shared: World, project: Path) -> None:
    shown = seen(shared.terminal("run", "inner", "-o", "plain", cwd=project, columns=50), 50)
    assert "   [judge › critic] 💬 Asked: Judge this." in shown
    assert any(line.startswith("   [judge › critic] 🤖 Agent: It rhymes") for line in shown)
    assert shown.count("─" * 50) == 2


def test_no_key_of_the_loop_is_lost_on_a_narrow_terminal(shared: World, project: Path) -> None:
    terminal = shared.terminal("run", "inner", "--watch", "-o", "plain", cwd=project, columns=50)
    for key in KEYS.split(" · "):
        terminal.expect_exact(key)
    terminal.send("h")
    terminal.expect_exact("RUN · AT · WHY · END · TIME · EXECUTION\r\n")
    terminal.expect(r"\r\n  [^\r\n]*wex-\w+\r\n")
    terminal.expect_exact("q quit")
    terminal.send("q")
    terminal.expect(pexpect.EOF)
    terminal.wait()
    assert terminal.exitstatus == 0


def test_an_execution_is_shown_as_a_tree(shared: World, project: Path) -> None:
    execution = id_of(shared.run("run", "both", "-o", "plain", cwd=project).out)
    tree = shared.run("executions", "show", execution)
    assert tree.code == 0, tree.text
    shape = re.sub(r"[\d.]+m?s|<1ms|[aw]ex-\w+|\d+ tokens in, \d+ out", "#", tree.out.split("\n\n")[1])
    assert shape == (
        "Input: execute\n"
        "✓ Task: pair [Completed] #\n"
        "   ✓ Task: pair/left/poem [Completed] #\n"
        "      Agent: poet [Completed] # # (scripted, #)\n"
        "         💬 Asked: Write.\n"
        "         🤖 Agent: The sea is wide, 海は広い, the sea is blue.\n"
        "   ✓ Task: pair/right/child [Completed] #\n"
        "      Workflow: inner [Completed] # # (#)\n"
        "         ✓ Task: judge [Completed] #\n"
        "            Agent: critic [Completed] # # (scripted, #)\n"
        "               💬 Asked: Judge this.\n"
        "               🤖 Agent: It rhymes, and it goes on for a while.\n"
        "✓ Task: done [Completed] #\n"
        '   → {"ok": true}'
    ).replace("<#", "#")


def test_one_task_is_shown_whole_and_everything_as_json(shared: World, project: Path) -> None:
    execution = id_of(shared.run("run", "both", "-o", "plain", cwd=project).out)
    judge = shared.run("executions", "show", execution, "--task", "pair/right/child/judge")
    assert judge.code == 0, judge.text
    assert "✓ Task: judge [Completed]" in judge.out
    assert '"message": "Judge this."' in judge.out
    assert '"response": "It rhymes, and it goes on for a while."' in judge.out
    whole = json.loads(shared.run("executions", "show", execution, "-o", "json").out)
    jsonschema.validate(whole, execution_schema())
    pair = whole["steps"][0]
    assert [step["path"] for step in pair["steps"]] == ["pair/left/poem", "pair/right/child"]
    assert pair["steps"][1]["executions"][0]["name"] == "inner"
    missing = shared.run("executions", "show", execution, "--task", "nope")
    assert (missing.code, missing.err.splitlines()[0]) == (1, f"Error: {execution} has no task nope")


def test_what_failed_is_shown_with_its_reason_once(shared: World, project: Path) -> None:
    execution = id_of(shared.run("run", "deep", "-o", "plain", cwd=project).out)
    shown = shared.run("executions", "show", execution).out
    assert shown.count("ValueError: cannot shout hello") == 1
    assert "shout: shouting hello" in shown
    assert "   workflow loud failed: task yell failed (see above)\n" in shown


def test_an_execution_that_runs_is_shown_as_far_as_it_is(shared: World, project: Path) -> None:
    started = shared.run("run", "waiting", "--no-follow", "-o", "plain", cwd=project)
    execution = id_of(started.out)

    def shown() -> str:
        return shared.run("executions", "show", execution).out

    wait_until(lambda: "Task: approval [Running]" in shown(), "it waits")
    now = shown()
    assert "✓ Task: first [Completed]" in now
    assert "Workflow: waiting [In progress]" in now
    shared.run("executions", "cancel", execution)
    wait_until(lambda: "Workflow: waiting [Cancelled]" in shown(), "it was cancelled")
