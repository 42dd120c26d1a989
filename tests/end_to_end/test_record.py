"""`stigmer record`: what a real model said, a script says again."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from stigmerd.daemon.place import DaemonPlace
from tests.support.providers.answers import Call, Fail
from tests.support.providers.server import fake
from tests.support.world import World

PROGRAM = """
from stigmer import Agent, Scripted, SubAgent, Workflow

translator = SubAgent("translator", "You translate into French, word by word.")
Agent("host", "You greet guests in their language.", sub_agents=[translator])
actor = Agent("actor", "You play what is written.", model=Scripted("actor.yaml"))
Workflow("play").call_agent("scene", actor, "Begin.")
"""
ACTOR = """
- when: first
  say: "One {{ '{{' }} two"
- when: again
  say: "You said: {{ previous }}"
- when: break
  say: "To be or"
  fail: "the curtain fell"
- when: cut
  say: "To be or"
  stop: length
- when: nothing
  delay: 600
  say: never
- say: "[{{ count }}]"
"""
REAL = (Call("translator", {"message": "good morning"}), "bonjour {{ madame }}", "In French:\nbonjour")


@pytest.fixture(scope="module")
def stage(shared: World) -> Path:
    project = shared.project(PROGRAM)
    (project / "actor.yaml").write_text(ACTOR, "utf-8")
    return project


def test_what_a_real_model_said_is_said_again(shared: World, stage: Path) -> None:
    with fake("openai", *REAL) as provider:
        variables = [word for name, value in provider.env.items() for word in ("-e", f"{name}={value}")]
        done = shared.run(
            "record", "host", "-m", "Hello (you)!", "--to", "scripts/host.yaml", *variables, cwd=stage
        )
    assert done.code == 0
    assert "Recorded 3 turns of host in scripts/host.yaml" in done.err
    script = stage / "scripts/host.yaml"
    assert provider.KEY not in script.read_text("utf-8")
    again = shared.run(
        "run", "host", "-m", "Hello (you)!", "--model", f"scripted:{script}", "-o", "quiet", cwd=stage
    )
    assert (again.code, again.out) == (0, "In French:\nbonjour\n")
    told = shared.run("executions", "show", "last", "-o", "json").out
    assert "bonjour {{ madame }}" in told
    assert "good morning" in told


def test_another_message_is_not_answered(shared: World, stage: Path) -> None:
    (stage / "one.yaml").unlink(missing_ok=True)
    assert shared.run("record", "actor", "-m", "first", "--to", "one.yaml", cwd=stage).code == 0
    other = shared.run("run", "actor", "-m", "first!", "--model", "scripted:one.yaml", cwd=stage)
    assert other.code == 1
    assert "no turn 1 for the message 'first!'" in other.out + other.err


def test_a_conversation_is_recorded_whole(shared: World, stage: Path) -> None:
    shared.run("run", "actor", "-m", "first", cwd=stage)
    shared.run("run", "--session", "last", "-m", "again", cwd=stage)
    done = shared.run("record", "--from", "last", "--to", "talk.yaml", cwd=stage)
    assert (done.code, done.out) == (0, "")
    turns = yaml.safe_load((stage / "talk.yaml").read_text("utf-8"))
    assert [turn["say"] for turn in turns] == ['One {{ "{{" }} two', "You said: first"]


def test_a_model_that_broke_down_breaks_down_again(shared: World, stage: Path) -> None:
    done = shared.run("record", "actor", "-m", "break", "--to", "broken.yaml", cwd=stage)
    assert done.code == 1
    again = shared.run("run", "actor", "-m", "break", "--model", "scripted:broken.yaml", cwd=stage)
    assert again.code == 1
    assert "the curtain fell" in again.out + again.err


def test_an_answer_that_is_cut_off_is_cut_off_again(shared: World, stage: Path) -> None:
    done = shared.run("record", "actor", "-m", "cut", "--to", "cut.yaml", cwd=stage)
    assert done.code == 1
    assert yaml.safe_load((stage / "cut.yaml").read_text("utf-8")) == [
        {"when": "/\\Acut\\Z/", "say": "To be or", "stop": "length"}
    ]
    again = shared.run("run", "actor", "-m", "cut", "--model", "scripted:cut.yaml", cwd=stage)
    assert again.code == 1
    assert "length" in again.text


def test_a_file_is_replaced_only_when_asked(shared: World, stage: Path) -> None:
    (stage / "mine.yaml").write_text("- say: by hand\n", "utf-8")
    refused = shared.run("record", "actor", "-m", "first", "--to", "mine.yaml", cwd=stage)
    assert refused.code == 2
    assert "there is a file" in refused.err
    assert "Agent execution started" not in refused.out
    assert (stage / "mine.yaml").read_text("utf-8") == "- say: by hand\n"
    assert shared.run("record", "actor", "-m", "first", "--to", "mine.yaml", "--force", cwd=stage).code == 0
    assert "One" in (stage / "mine.yaml").read_text("utf-8")


def test_the_file_has_the_name_of_the_agent(shared: World, stage: Path) -> None:
    (stage / "elsewhere").mkdir()
    done = shared.run("record", "actor", "-m", "first", cwd=stage / "elsewhere")
    assert done.code == 0
    assert 'model=Scripted("actor.yaml")' in done.err
    assert (stage / "elsewhere/actor.yaml").exists()


def test_a_script_goes_through_a_pipe(shared: World, stage: Path) -> None:
    shared.run("run", "actor", "-m", "first", cwd=stage)
    done = shared.run("record", "--from", "last:actor", "--to", "-", cwd=stage)
    assert yaml.safe_load(done.out)[0]["when"] == "/\\Afirst\\Z/"
    assert "Recorded" not in done.err


@pytest.mark.parametrize(
    ("args", "problem"),
    [
        ((), "whose answers are to be recorded?"),
        (("actor", "--from", "last"), "--from records what has run, and an agent is for a new run"),
        (("--from", "last", "-m", "hi"), "--from records what has run, and --message is for a new run"),
        (("actor", "--to", "-"), "--to - needs --from"),
        (("actor", "--to", "/proc/no/such.yaml"), "cannot write the script"),
    ],
)
def test_what_cannot_be_meant_is_said(
    shared: World, stage: Path, args: tuple[str, ...], problem: str
) -> None:
    done = shared.run("record", *args, cwd=stage)
    assert done.code == 2
    assert problem in done.err
    assert "Agent execution started" not in done.out


def test_a_workflow_has_no_model(shared: World, stage: Path) -> None:
    shared.run("run", "play", cwd=stage)
    done = shared.run("record", "--from", "last:play", cwd=stage)
    assert done.code == 1
    assert "only what an agent's model says is recorded" in done.err
    assert "stigmer executions list --nested" in done.err


def test_nothing_was_said(shared: World, stage: Path) -> None:
    shared.run("run", "actor", "-m", "nothing", "--no-follow", cwd=stage)
    done = shared.run("record", "--from", "last:actor", "--to", "nothing.yaml", cwd=stage)
    assert done.code == 1
    assert "no model answered" in done.err
    assert not (stage / "nothing.yaml").exists()
    shared.run("executions", "cancel", "last:actor")


def test_it_takes_what_a_run_takes(shared: World, stage: Path) -> None:
    (stage / "of.env").write_text("TOWN=Bern\n", "utf-8")
    server = f"unix:{DaemonPlace.of(shared.data).socket}"
    place = ("--project", str(stage), "--trust", "--org", "acme", "--server", server)
    where = ("--env-file", str(stage / "of.env"), "--timeout", "5m", "--to", "town.yaml", "--verbose")
    done = shared.run("record", "actor", "-m", "first", *place, *where)
    assert done.code == 0
    assert "One" in (shared.dir / "town.yaml").read_text("utf-8")


def test_a_provider_that_is_down_leaves_no_file(shared: World, stage: Path) -> None:
    with fake("openai", Fail(401, "wrong key")) as provider:
        variables = [word for name, value in provider.env.items() for word in ("-e", f"{name}={value}")]
        done = shared.run("record", "host", "-m", "x", "--to", "down.yaml", *variables, cwd=stage)
    assert done.code == 1
    assert "no model answered" in done.err
    assert not (stage / "down.yaml").exists()
