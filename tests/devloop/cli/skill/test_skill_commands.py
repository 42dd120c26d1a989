"""`stigmer skill`, typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.world import World

MANUAL = "---\nname: {}\ndescription: how to review\n---\nRead the diff first.\n"


def made(world: World, name: str, text: str = MANUAL) -> Path:
    place = world.dir / name
    place.mkdir()
    (place / "SKILL.md").write_text(text.format(name))
    return place


def test_push_and_list(shared: World) -> None:
    skill = made(shared, "reviewing")
    done = shared.run("skill", "push", "reviewing")
    assert done.code == 0
    assert "reviewing is created: version " in done.out
    assert 'Skill.organization("local", "reviewing")' in done.out
    assert "reviewing is unchanged" in shared.run("skill", "push", "reviewing").out
    (skill / "more.md").write_text("x")
    assert "reviewing is updated" in shared.run("skill", "push", "reviewing", "--tag", "v2").out
    rows = shared.run("skill", "list").out.splitlines()
    assert rows[0].split() == ["NAME", "ORG", "TAG", "VERSION", "PUSHED"]
    assert any(row.split()[:3] == ["reviewing", "local", "v2"] for row in rows)
    told = json.loads(shared.run("skill", "list", "-o", "json").out)
    version = next(each["version"] for each in told if each["slug"] == "reviewing")
    dry = json.loads(shared.run("skill", "push", "reviewing", "--dry-run", "-o", "json").out)
    assert dry["version"] == version
    assert [each["name"] for each in dry["files"]] == ["SKILL.md", "more.md"]


def test_an_agent_uses_what_was_pushed(shared: World) -> None:
    made(shared, "tone")
    assert shared.run("skill", "push", "tone").code == 0
    program = """
from stigmer import Agent, Skill

Agent("writer", "You write letters.", skills=[Skill.organization("local", "tone")])
"""
    project = shared.project(program, name="letters")
    done = shared.run("run", "writer", cwd=project, env={"STIGMER_LLM_PROVIDER": "scripted"})
    assert done.code == 0, done.text


def test_a_dry_run_shows_what_is_packed_and_needs_no_backend(world: World) -> None:
    skill = made(world, "reviewing")
    (skill / ".env").write_text("KEY=1")
    (skill / "run.sh").write_text("#!/bin/sh")
    (skill / "run.sh").chmod(0o755)
    done = world.run("skill", "push", "--dry-run", cwd=skill)
    assert (done.code, done.err) == (0, "")
    assert "reviewing: 2 files" in done.out
    assert "run.sh  9 bytes, executable" in done.out
    assert "without .env" in done.out
    assert "nothing was pushed" in done.out
    assert world.daemon_pid() is None


def test_the_manual_is_looked_at(world: World) -> None:
    made(world, "a", "---\nname: other\n---\nx\n")
    done = world.run("skill", "push", "a", "--dry-run")
    assert "calls the skill other" in done.err
    assert "no description" in done.err
    made(world, "b", "---\nname: [\n---\nx\n")
    done = world.run("skill", "push", "b", "--dry-run")
    assert done.code == 2
    assert "SKILL.md:2" in done.err


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("push", "gone"), "E0161", "there is no directory "),
        (("push", "."), "E0161", "has no SKILL.md"),
        (("push", "named", "--tag", "v 2"), "E0164", "is no tag"),
        (("push", "named", "--name", "!!"), "E0164", "a letter or a digit"),
    ],
)
def test_what_cannot_be_is_refused(shared: World, arguments: tuple[str, ...], code: str, said: str) -> None:
    if not (shared.dir / "named").exists():
        made(shared, "named")
    done = shared.run("skill", *arguments)
    assert done.code == 2
    assert code in done.err
    assert said in done.err


def test_nothing_was_pushed_yet(world: World) -> None:
    assert "stigmer skill push DIR" in world.run("skill", "list").out
