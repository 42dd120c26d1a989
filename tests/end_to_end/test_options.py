"""Options that several commands share mean the same in each of them."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.end_to_end.programs import ONE_WORKFLOW
from tests.support.world import STIGMER, World

NOBODY = "127.0.0.1:1"
ELSEWHERE = Path("/")


@pytest.mark.parametrize(
    "command",
    [
        ("graph", "greet"),
        ("list",),
        ("show", "greet"),
        ("delete", "greet", "--yes"),
        ("skill", "list"),
        ("executions", "list"),
        ("executions", "show", "last"),
        ("executions", "cancel", "last"),
        ("session", "list"),
        ("doctor",),
    ],
    ids=" ".join,
)
def test_a_server_that_nobody_answers_at_is_named_and_nothing_else_is_asked(
    world: World, command: tuple[str, ...]
) -> None:
    done = world.run(*command, "--server", NOBODY, cwd=ELSEWHERE)
    assert done.code == (1 if command == ("doctor",) else 4), done.text
    assert f"cannot reach the backend at {NOBODY}" in done.text
    assert world.daemon_pid() is None


@pytest.mark.parametrize("command", [("graph",), ("doctor",), ("apply",), ("run", "greet")], ids=" ".join)
def test_project_names_a_project_from_elsewhere(world: World, command: tuple[str, ...]) -> None:
    project = world.project(ONE_WORKFLOW)
    for option in ("-C", "--project"):
        done = world.run(*command, option, str(project), cwd=ELSEWHERE)
        assert done.code == 0, done.text
        assert "greet" in done.text or command == ("doctor",)
    missing = world.run(*command, "--project", str(project / "nowhere"), cwd=ELSEWHERE)
    assert missing.code in (1, 2)
    assert "nowhere" in missing.text


def test_graph_trusts_a_project_of_others_only_when_told(world: World) -> None:
    project = world.project(ONE_WORKFLOW)
    project.chmod(0o777)
    refused = world.run("graph", cwd=project)
    assert refused.code == 2
    assert "--trust" in refused.err
    assert world.run("graph", "--trust", cwd=project).code == 0


def test_doctor_writes_one_object_for_programs(world: World) -> None:
    done = world.run("doctor", "--output", "json", cwd=world.project(ONE_WORKFLOW))
    found = json.loads(done.out)
    assert {each["area"] for each in found["findings"]} >= {"project", "backend", "watch"}


def test_an_organization_has_its_own_resources(world: World) -> None:
    project = world.project(ONE_WORKFLOW)
    assert world.run("apply", "--org", "acme", cwd=project).code == 0
    assert "greet" in world.run("show", "greet", "--org", "acme", cwd=ELSEWHERE).out
    for command in (("show", "greet"), ("delete", "greet", "--yes")):
        other = world.run(*command, "--org", "other", cwd=ELSEWHERE)
        assert other.code == 1
        assert '"other"' in other.err
        assert "--org acme" in other.err
    assert world.run("delete", "greet", "--yes", "--org", "acme", cwd=ELSEWHERE).code == 0
    assert world.run("show", "greet", "--org", "acme", cwd=ELSEWHERE).code == 1


def test_a_skill_belongs_to_its_organization(world: World) -> None:
    skill = world.dir / "review"
    skill.mkdir()
    (skill / "SKILL.md").write_text("---\nname: review\ndescription: Reviews code\n---\nBe kind.\n")
    refused = world.run("skill", "push", str(skill), "--server", NOBODY)
    assert refused.code == 4
    assert world.run("skill", "push", str(skill), "--org", "acme").code == 0
    assert "review" in world.run("skill", "list", "--org", "acme").out
    assert "review" not in world.run("skill", "list", "--org", "other").out


def test_no_notify_silences_what_the_configuration_asks_for(world: World) -> None:
    config = world.dir / ".stigmer" / "config.yaml"
    config.parent.mkdir(exist_ok=True)
    config.write_text("notify: true\n")
    project = world.project(ONE_WORKFLOW)
    title = "\x1b]"

    def written(*more: str) -> str:
        terminal = world.terminal("run", *more, cwd=project)
        text: str = terminal.read()
        return text

    assert title in written()
    assert title not in written("--no-notify")


def test_completion_is_shown_for_the_shell_that_asks(world: World) -> None:
    asked = [shutil.which("bash") or "bash", "-c", f"{STIGMER} --show-completion ; true"]
    shown = subprocess.run(asked, env=world.environ, capture_output=True, text=True)
    assert shown.stdout == world.run("completion", "bash").out
    assert "complete" in shown.stdout
