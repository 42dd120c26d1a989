"""`stigmer run --model`: the model that this run asks, whatever the agents and the settings say."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from tests.support.world import World

PROGRAM = """
from stigmer import Agent, Scripted, Workflow

one = Agent("one", "Say what you are told.", model=Scripted("own.yaml"))
two = Agent("two", "Say what you are told.", model=Scripted("own.yaml"))
inner = Workflow("inner")
inner.set("out", said=inner.call_agent("ask", two, "inside", model="anthropic:claude-x").response)
flow = Workflow("flow")
first = flow.call_agent("first", one, "hi")
nested = flow.run("nested", inner, {})
flow.set("out", first=first.response, nested=nested.said)
"""
SHELL = {"STIGMER_LLM_PROVIDER": "anthropic", "ANTHROPIC_API_KEY": "k-of-the-shell"}


@pytest.fixture
def project(shared: World) -> Path:
    return prepared(shared)


def prepared(world: World) -> Path:
    directory = world.project(PROGRAM)
    (directory / "own.yaml").write_text("- say: 'own {{ message }}'\n")
    (directory / "flag.yaml").write_text("- say: 'flag {{ message }}'\n")
    return directory


def answer(world: World, project: Path, *arguments: str) -> str:
    done = world.run("run", *arguments, "-o", "quiet", cwd=project, env=SHELL)
    assert done.code == 0, done.err
    return done.out.strip()


def test_it_wins_over_all_that_is_declared_and_set(shared: World, project: Path) -> None:
    assert answer(shared, project, "one", "-m", "x", "--model", "scripted:flag.yaml") == "flag x"
    assert answer(shared, project, "one", "-m", "x", "--model", "scripted") == "own x"


def test_it_reaches_the_agents_of_a_workflow_and_of_those_inside(shared: World, project: Path) -> None:
    said = json.loads(answer(shared, project, "flow", "--model", "scripted:flag.yaml"))
    assert said == {"first": "flag hi", "nested": "flag inside"}


def test_one_agent_may_have_its_own(shared: World, project: Path) -> None:
    models = ("--model", "scripted", "--model", "two=scripted:flag.yaml")
    assert json.loads(answer(shared, project, "flow", *models)) == {
        "first": "own hi",
        "nested": "flag inside",
    }


def test_it_is_for_this_run_only(shared: World, project: Path) -> None:
    assert answer(shared, project, "one", "--model", "scripted:flag.yaml") == "flag execute"
    done = shared.run("run", "one", "-o", "quiet", cwd=project, env={"STIGMER_LLM_PROVIDER": "scripted"})
    assert done.out.strip() == "own execute"


def test_a_task_alone_and_what_goes_on_ask_it_too(shared: World, project: Path) -> None:
    alone = answer(shared, project, "flow", "--task", "first", "--model", "scripted:flag.yaml")
    assert json.loads(alone)["response"] == "flag hi"
    failing = ("--model", "scripted", "--model", "two=scripted:fails.yaml")
    (project / "fails.yaml").write_text("- fail: broken\n")
    assert shared.run("run", "flow", *failing, cwd=project).code == 1
    resumed = ("--resume", "last:flow", "--yes", "--model", "scripted:flag.yaml")
    said = json.loads(answer(shared, project, *resumed))
    assert said == {"first": "own hi", "nested": "flag inside"}


def test_the_provider_that_is_chosen_is_asked(shared: World, project: Path) -> None:
    address = {"STIGMER_LLM_BASE_URL": "http://127.0.0.1:9/v1", "OPENAI_API_KEY": "k"}
    done = shared.run("run", "one", "--model", "openai:gpt-x", cwd=project, env=address)
    assert done.code == 1
    assert "the model gpt-x at http://127.0.0.1:9/v1" in done.err


@pytest.mark.parametrize(
    ("model", "code", "said"),
    [
        ("antropic:claude", 2, 'did you mean "anthropic"?'),
        ("scripted:nowhere.yaml", 2, "nowhere.yaml: No such file"),
        ("to=scripted", 1, 'there is no agent "to"'),
    ],
)
def test_what_is_wrong_with_it(shared: World, project: Path, model: str, code: int, said: str) -> None:
    done = shared.run("run", "flow", "--model", model, cwd=project)
    assert done.code == code
    assert said in done.err
    assert "execution started" not in done.out


def test_what_is_wrong_is_said_before_the_program_runs(shared: World, project: Path) -> None:
    (project / "main.py").write_text("open('ran', 'w')")
    assert shared.run("run", "one", "--model", "antropic:x", cwd=project).code == 2
    assert not (project / "ran").exists()


def test_a_loop_reads_the_script_again(world: World) -> None:
    project = prepared(world)
    more = ("--model", "scripted:../said.yaml", "--ephemeral", "-o", "json", "--no-keys")
    (world.dir / "said.yaml").write_text("- say: first\n")
    running = world.start("run", "one", "--watch", *more, cwd=project)
    assert running.event("run_finished")["answer"] == "first"
    running.event("watch_ready")
    (world.dir / "said.yaml").write_text("- say: second\n")
    assert running.event("run_finished")["answer"] == "second"
    running.event("watch_ready")
    running.signal(signal.SIGTERM)
    assert running.end().code == 143


HELPED = """
from stigmer import Agent, ModelSettings, Scripted, SubAgent

helper = SubAgent("helper", "You help, and say little.", model=Scripted("helper.yaml"))
one = Agent(
    "one",
    "Say what you are told.",
    model=Scripted("own.yaml"),
    settings=ModelSettings(temperature=0.5),
    sub_agents=[helper],
)
"""


def test_it_may_be_for_a_sub_agent_alone(shared: World) -> None:
    project = shared.project(HELPED)
    (project / "own.yaml").write_text("- call: {tool: helper, args: {message: hi}}\n- say: '{{ result }}'\n")
    (project / "helper.yaml").write_text("- say: 'its own'\n")
    (project / "flag.yaml").write_text("- say: 'flag {{ message }}'\n")
    assert answer(shared, project, "one") == "its own"
    assert answer(shared, project, "one", "--model", "helper=scripted:flag.yaml") == "flag hi"
    done = shared.run("run", "one", "--model", "helpr=scripted", cwd=project)
    assert 'did you mean "helper"?' in done.err
