"""A call that must be approved, without anybody at the run's own terminal: other commands decide."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.approving.project import new_project
from tests.support.command import Done
from tests.support.world import World, new_world


@pytest.fixture(scope="module")
def shared() -> Iterator[World]:
    with new_world() as world:
        yield world


@pytest.fixture(scope="module")
def notes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("notes") / "notes"


@pytest.fixture(scope="module")
def project(shared: World, notes: Path) -> Path:
    return new_project(shared, notes)


@pytest.fixture(autouse=True)
def _no_notes(notes: Path) -> None:
    notes.unlink(missing_ok=True)


def executions(world: World, *args: str) -> Done:
    return world.run("executions", *args)


def test_it_waits_says_how_to_answer_and_goes_on(shared: World, project: Path, notes: Path) -> None:
    running = shared.start("run", "clerk", "-o", "json", cwd=project)
    asked = running.event("question_asked")
    assert (asked["kind"], asked["tool"], asked["server"]) == ("approval", "append", "tools")
    assert asked["hint"] == f"stigmer executions approve {asked['execution']} {asked['call']}"
    assert not notes.exists()
    shown, listed = executions(shared, "show", "last"), executions(shared, "list")
    assert "append must be approved" in shown.out and asked["hint"] in shown.out, shown.text
    assert f"waits for an approval: stigmer executions approve {asked['execution']}" in listed.out
    nothing = executions(shared, "approve", "last", "call_0")
    assert (nothing.code, "asks nothing called call_0" in nothing.err) == (1, True), nothing.text
    done = executions(shared, "approve", "last:clerk")
    assert done.out == f"approved {asked['call']} of {asked['execution']}: append\n"
    answered = running.event("question_answered")
    assert (answered["state"], answered["by"]) == ("accepted", "executions approve")
    assert running.end().code == 0
    assert notes.read_text() == "x"
    late = executions(shared, "deny", asked["execution"], asked["call"])
    assert (late.code, "has ended; it waits for no answer any more" in late.err) == (1, True), late.text


def test_denied_with_a_reason(shared: World, project: Path, notes: Path) -> None:
    running = shared.start("run", "pair", cwd=project)
    running.until("stigmer executions approve")
    running.until("stigmer executions approve")
    several = executions(shared, "deny", "last")
    assert (several.code, "2 calls of" in several.err) == (1, True), several.text
    assert executions(shared, "deny", "last", "--all", "--reason", "not today").code == 0
    said = running.end().out
    assert said.count("append denied (executions deny): not today") == 2
    assert "Then: the user denied this call: not today" in said
    assert not notes.exists()


def test_of_a_workflow_the_agent_is_asked(shared: World, project: Path, notes: Path) -> None:
    running = shared.start("run", "office", "-o", "json", cwd=project)
    asked = running.event("question_asked")
    assert asked["path"][0] == "ask"
    assert executions(shared, "list", "-o", "json", "--name", "office").events[0]["asks"] == 1
    done = executions(shared, "approve", "last:office", "--always")
    assert done.code == 0 and asked["execution"] in done.out, done.text
    assert running.end().code == 0
    assert notes.read_text() == "x"


@pytest.mark.parametrize(
    ("options", "code", "written"),
    [
        (("--approve", "read,app*"), 0, "xy"),
        (("--approve", "all"), 0, "xy"),
        (("--approve", "none", "--on-approval", "deny"), 0, ""),
        (("--on-approval", "fail"), 1, ""),
    ],
)
def test_decided_beforehand(
    shared: World, project: Path, notes: Path, options: tuple[str, ...], code: int, written: str
) -> None:
    done = shared.run("run", "pair", *options, cwd=project)
    assert done.code == code, done.text
    assert "".join(sorted(notes.read_text() if notes.exists() else "")) == written
    assert ("append needs an approval, and nobody is there" in done.text) == (code == 1)


def test_a_killed_backend_waits_again_and_the_call_is_made_once(
    shared: World, project: Path, notes: Path
) -> None:
    running = shared.start("run", "clerk", "-o", "json", cwd=project)
    asked = running.event("question_asked")
    shared.kill_daemon()
    done = executions(shared, "approve", asked["execution"])
    assert done.code == 0, done.text
    ended = running.end()
    assert ended.code == 0, ended.text
    assert notes.read_text() == "x"
    assert ended.named("run_finished")[0]["answer"] == "Then: appended"


@pytest.mark.parametrize("tools", ["", "read,,x", "none,read"])
def test_options_that_cannot_be(shared: World, project: Path, tools: str) -> None:
    done = shared.run("run", "clerk", "--approve", tools, cwd=project)
    assert (done.code, "--approve" in done.err) == (2, True), done.text


def test_a_backend_that_cannot_be_reached(shared: World) -> None:
    nowhere = "127.0.0.1:1"
    approved = shared.run("executions", "approve", "aex-01", "--server", nowhere)
    denied = shared.run("executions", "deny", "aex-01", "--server", nowhere)
    assert (approved.code, denied.code) == (4, 4), approved.text + denied.text
