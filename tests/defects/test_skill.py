"""Defects of the original command, by their numbers: skills."""

from __future__ import annotations

import json
from pathlib import Path

from tests.support.world import World


def dry_run(world: World, *arguments: str, cwd: Path) -> tuple[str, set[str]]:
    done = world.run("skill", "push", *arguments, "--dry-run", "-o", "json", cwd=cwd)
    assert done.code == 0, done.text
    told = json.loads(done.out)
    return told["name"], {each["name"] for each in told["files"] if each["executable"]} | {
        f"{each['name']}." for each in told["files"]
    }


def test_b57_the_directory_here_has_its_name(world: World) -> None:
    skill = world.dir / "reviewing"
    skill.mkdir()
    (skill / "SKILL.md").write_text("Read the diff first.")
    assert dry_run(world, cwd=skill)[0] == "reviewing"
    assert dry_run(world, ".", cwd=skill)[0] == "reviewing"


def test_b57_names_are_compared_whole_links_stay_inside_and_modes_are_kept(world: World) -> None:
    skill = world.dir / "reviewing"
    (skill / ".github").mkdir(parents=True)
    for name in ("SKILL.md", ".gitignore", ".github/a.yml", "venv-notes.md", "run.sh"):
        (skill / name).write_text("# nothing")
    (skill / "run.sh").chmod(0o755)
    (skill / "docs").symlink_to(".github")
    _, files = dry_run(world, cwd=skill)
    wanted = ("SKILL.md", ".gitignore", ".github/a.yml", "venv-notes.md", "run.sh", "docs/a.yml")
    assert files == {"run.sh", *(f"{each}." for each in wanted)}
    (skill / "out").symlink_to("/etc/hostname")
    done = world.run("skill", "push", "--dry-run", cwd=skill)
    assert done.code == 2
    assert "leads out of the skill" in done.err
