"""`stigmer run --input`: a workflow is given data, and reads it by its names."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from tests.support.world import World

PROGRAM = """
from stigmer import Agent, Scripted, Workflow

Agent("echo", "Say what you are told.", model=Scripted("echo.yaml"))
order = Workflow("order")
order.set("said", first=order.input.order.lines[0].name, message=order.input.message, all="${ $input }")
"""
INPUT = {"order": {"lines": [{"name": "tea", "price": 2.5}], "urgent": True}}


@pytest.fixture
def project(shared: World) -> Path:
    return prepared(shared)


def prepared(world: World) -> Path:
    directory = world.project(PROGRAM)
    (directory / "echo.yaml").write_text("- say: 'You said {{ message }}'\n")
    (directory / "order.yaml").write_text("order:\n  lines:\n    - {name: cake, price: 4}\n")
    return directory


def answer(world: World, project: Path, *more: str, stdin: str | None = None) -> dict[str, object]:
    done = world.run("run", "order", "-o", "quiet", *more, cwd=project, stdin=stdin)
    assert done.code == 0, done.err
    said: dict[str, object] = json.loads(done.out)
    return said


def test_a_workflow_reads_fields_of_it(shared: World, project: Path) -> None:
    said = answer(shared, project, "--input", json.dumps(INPUT))
    assert said["first"] == "tea"
    assert said["message"] == "execute"
    assert said["all"] == {**INPUT, "message": "execute", "metadata": {}}


def test_it_goes_together_with_a_message(shared: World, project: Path) -> None:
    both = {**INPUT, "message": "of the input"}
    assert answer(shared, project, "--input", json.dumps(both))["message"] == "of the input"
    assert answer(shared, project, "--input", json.dumps(both), "-m", "typed")["message"] == "typed"


def test_a_file_and_standard_input(shared: World, project: Path) -> None:
    assert answer(shared, project, "--input", "@order.yaml")["first"] == "cake"
    assert answer(shared, project, "--input=@-", stdin=json.dumps(INPUT))["first"] == "tea"
    assert answer(shared, project, "--input", "@-", stdin="order: {lines: [{name: rum}]}")["first"] == "rum"


def test_an_agent_is_given_a_message_only(shared: World, project: Path) -> None:
    done = shared.run("run", "echo", "--input", "{}", cwd=project)
    assert done.code == 2
    assert "echo is an agent, and an agent is given a message, not an --input" in done.err


def test_beside_workflows_an_agent_runs_without_it(shared: World, project: Path) -> None:
    done = shared.run("run", "--all", "--input", json.dumps(INPUT), "-m", "hi", "-o", "json", cwd=project)
    assert done.code == 0, done.err
    assert "echo is an agent: it is given the message alone" in done.out
    ends = [json.loads(line) for line in done.out.splitlines() if '"run_finished"' in line]
    answers = {each["target"]: each["answer"] for each in ends}
    assert answers["echo"] == "You said hi"
    assert json.loads(answers["order"])["first"] == "tea"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("{order:1}", "--input: column 2: expecting property name"),
        ("order.yaml", "did you mean --input @order.yaml?"),
        ("@nowhere.json", "nowhere.json: No such file or directory"),
        ("[1]", "and is a list"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_deployed(
    shared: World, project: Path, given: str, said: str
) -> None:
    (project / "main.py").write_text("open('ran', 'w')")
    done = shared.run("run", "order", "--input", given, cwd=project)
    assert done.code == 2
    assert said in done.err
    assert not (project / "ran").exists()


def test_only_one_can_read_standard_input(shared: World, project: Path) -> None:
    done = shared.run("run", "order", "--input", "@-", "-m", "-", cwd=project, stdin="{}")
    assert done.code == 2
    assert "--input /dev/stdin and --message - both read standard input" in done.err


def test_a_loop_watches_the_file(world: World) -> None:
    project = prepared(world)
    more = ("--input", "@../order.json", "--ephemeral", "-o", "json", "--no-keys")
    (world.dir / "order.json").write_text(json.dumps(INPUT))
    running = world.start("run", "order", "--watch", *more, cwd=project)
    assert json.loads(running.event("run_finished")["answer"])["first"] == "tea"
    running.event("watch_ready")
    (world.dir / "order.json").write_text('{"order": {"lines": [{"name": "milk"}]}}')
    assert json.loads(running.event("run_finished")["answer"])["first"] == "milk"
    running.event("watch_ready")
    (world.dir / "order.json").write_text('{"order": ')
    assert "order.json: column 11: expecting value" in running.event("edit_broken")["error"]
    (world.dir / "order.json").write_text('{"order": {"lines": [{"name": "jam"}]}}')
    assert json.loads(running.event("run_finished")["answer"])["first"] == "jam"
    running.signal(signal.SIGTERM)
    assert running.end().code == 143


def test_a_loop_keeps_what_it_read_from_a_pipe(world: World) -> None:
    project = prepared(world)
    shell = ("bash", "-c", f"""exec "$@" --input @<(echo '{json.dumps(INPUT)}')""", "bash")
    loop = ("run", "order", "--watch", "--ephemeral", "-o", "json", "--no-keys")
    running = world.start(*loop, cwd=project, through=shell)
    assert json.loads(running.event("run_finished")["answer"])["first"] == "tea"
    running.event("watch_ready")
    (project / "main.py").write_text(PROGRAM + "order.set('more', x='${ $input.order.urgent }')\n")
    assert json.loads(running.event("run_finished")["answer"]) == {"x": True}
    running.signal(signal.SIGTERM)
    assert running.end().code == 143
