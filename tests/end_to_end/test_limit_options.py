"""`stigmer run --max-steps` and the like: how much the agents of this run may use."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.world import World

PROGRAM = """
from stigmer import Agent, Limits, Scripted, SubAgent, Workflow

looker = SubAgent("looker", "Say what you are told.")
host = Agent(
    "host", "You greet all guests.", sub_agents=[looker], limits=Limits(steps=2), model=Scripted("host.yaml")
)
flow = Workflow("flow")
flow.set("before", ready=True)
flow.set("out", said=flow.call_agent("ask", host, "hi").response)
"""
SCRIPT = """
- say: first
  call: {tool: looker, args: {message: who}}
- say: second
  call: {tool: looker, args: {message: who else}}
- say: done
"""


@pytest.fixture(scope="module")
def project(shared: World) -> Path:
    directory = shared.project(PROGRAM)
    (directory / "host.yaml").write_text(SCRIPT)
    return directory


def test_a_run_that_reaches_a_limit_shows_what_it_has(shared: World, project: Path) -> None:
    done = shared.run("run", "host", cwd=project)
    assert done.code == 1
    assert "🤖 Agent: first" in done.out
    assert "🤖 Agent: done" not in done.out
    words = "stopped after 2 model turns (limits.steps of agent host): raise it there, or for one run with"
    assert words in done.text
    assert "Tokens: " in done.out


def test_a_flag_wins_over_the_agent(shared: World, project: Path) -> None:
    done = shared.run("run", "host", "--max-steps", "9", "-o", "quiet", cwd=project)
    assert (done.code, done.out.strip()) == (0, "done"), done.err
    for limit, words in (
        (("--max-steps", "1"), "stopped after 1 model turn (--max-steps): allow more"),
        (("--max-tokens=host=10",), "more than 10 (--max-tokens): allow more"),
        (("--max-tool-calls", "1"), "stopped before 1 tool call more than 1 (--max-tool-calls): allow more"),
    ):
        done = shared.run("run", "host", "--max-steps", "9", *limit, "-o", "quiet", cwd=project)
        assert done.code == 1
        assert words in done.text
    done = shared.run("run", "host", "--max-steps", "9", "--max-cost", "0.5", cwd=project)
    assert done.code == 0, done.text
    assert done.text.count("Warning: no price is known for the model scripted") == 1


def test_it_reaches_the_agents_of_a_workflow_also_when_that_goes_on(shared: World, project: Path) -> None:
    done = shared.run("run", "flow", "--max-steps", "host=1", cwd=project)
    assert done.code == 1
    assert "stopped after 1 model turn (--max-steps): allow more" in done.text
    again = ("run", "--resume", "last:flow", "--yes", "-o", "quiet")
    same = shared.run(*again, cwd=project)
    assert (same.code, "stopped after 1 model turn" in same.text) == (1, True), same.text
    more = shared.run(*again, "--max-steps", "9", cwd=project)
    assert (more.code, more.out.strip()) == (0, '{"said": "done"}'), more.text


def test_what_cannot_be_a_limit_is_said_before_anything_runs(shared: World, project: Path) -> None:
    for text in ("many", "0", "1.5", "=3", "host="):
        done = shared.run("run", "host", f"--max-steps={text}", cwd=project)
        assert (done.code, "is not a whole number above zero" in done.err) == (2, True), done.text
    done = shared.run("run", "host", "--max-cost", "host=cheap", cwd=project)
    assert (done.code, "is not a number above zero" in done.err) == (2, True), done.text
    done = shared.run("run", "host", "--max-steps", "hots=3", cwd=project)
    assert done.code == 1
    assert '--max-steps: there is no agent "hots"' in done.err
    assert 'did you mean "host"?' in done.err
