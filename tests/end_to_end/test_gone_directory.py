"""Commands that are typed in a directory which has been deleted, moved, or is reached by a link."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.devloop.loop.programs import says
from tests.support.world import World

FOLLOWED = "wex-01m8ef1ya8fv877sq7cwx4ng6z"
GONE = "the directory that you are in no longer exists"


def gone(directory: Path) -> Callable[[], None]:
    """For the new process, before it becomes the command."""

    def enter_and_delete() -> None:
        directory.mkdir()
        os.chdir(directory)
        directory.rmdir()

    return enter_and_delete


@pytest.mark.parametrize(
    "typed",
    [
        "run",
        "run greet",
        "run greet --watch",
        "run greet -C project",
        "run greet -C {project} --env-file variables",
        "apply",
        "apply --dry-run",
        "apply --config project",
    ],
)
def test_what_needs_the_directory_says_so(world: World, typed: str) -> None:
    project = world.project(says("hello"))
    done = world.run(*typed.format(project=project).split(), limited=gone(world.dir / "here"))
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"Error: {GONE}\n")
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("--version", 0),
        ("--help", 0),
        ("server status", 1),
        ("server stop", 0),
        ("executions list", 0),
        (f"executions follow {FOLLOWED}", 1),
        (f"executions cancel {FOLLOWED}", 1),
        ("executions prune --dry-run", 0),
        ("apply --config {project}", 0),
        ("run greet -C {project} -o quiet", 0),
        ("run greet -C {project} -o quiet --ephemeral", 0),
    ],
)
def test_what_does_not_need_it_works(world: World, typed: str, code: int) -> None:
    project = world.project(says("hello"))
    done = world.run(*typed.format(project=project).split(), limited=gone(world.dir / "here"))
    assert done.code == code, done.text
    assert GONE not in done.text
    assert "Traceback" not in done.err


def test_another_directory_in_its_place_is_named(world: World) -> None:
    place = world.dir / "here"

    def replaced() -> None:
        gone(place)()
        place.mkdir()

    done = world.run("run", env={"PWD": str(place)}, limited=replaced)
    assert done.code == 2
    assert f"another one has its place: cd {place}" in done.err


def test_a_data_directory_relative_to_nowhere(world: World) -> None:
    done = world.run("server", "status", env={"STIGMER_DATA_DIR": "data"}, limited=gone(world.dir / "here"))
    assert done.code == 4
    assert "the data directory data is relative to a directory that no longer exists" in done.err


def test_a_directory_that_was_moved_is_where_it_is_now(world: World) -> None:
    project, away = world.project(says("hello")), world.dir / "away"

    def move() -> None:
        project.rename(away)

    done = world.run("run", "greet", "-o", "quiet", "--ephemeral", cwd=project, limited=move)
    assert (done.code, done.out) == (0, '{"text": "hello"}\n')


def test_relative_paths_start_where_the_command_was_typed(world: World) -> None:
    project = world.project(says("hello") + 'flow.set("more", env="${ $env }")\n')
    (world.dir / "deep" / "er").mkdir(parents=True)
    (world.dir / "deep" / "variables").write_text("NAME=Ada\n")
    typed = ("run", "greet", "-o", "quiet", "--ephemeral", "-C", f"../../{project.name}")
    done = world.run(*typed, "--env-file", "../variables", cwd=world.dir / "deep" / "er")
    assert done.code == 0, done.err
    assert json.loads(done.out)["env"]["NAME"]["value"] == "Ada"


def test_modules_by_a_relative_path(world: World) -> None:
    """For the program and for its activities, which have other working directories."""
    project = world.project(
        "import words\nfrom stigmer import Workflow, activity\n\n"
        "@activity\ndef say(x: str) -> str:\n    return words.WORD\n\n"
        "flow = Workflow('greet')\n"
        "flow.set('answer', program=words.WORD, activity=flow.call_activity('say', say, {'x': ''}))\n"
    )
    (world.dir / "lib").mkdir()
    (world.dir / "lib" / "words.py").write_text("WORD = 'found'\n")
    done = world.run(
        *("run", "greet", "-o", "quiet", "-C", project.name, "--ephemeral"), env={"PYTHONPATH": "lib"}
    )
    assert done.code == 0, done.err
    assert json.loads(done.out)["program"] == "found"
    assert "found" in str(json.loads(done.out)["activity"])


class TestLinks:
    """`cd current`, where `current` is a link: the shell's own idea of the place counts."""

    @pytest.fixture
    def current(self, world: World) -> Path:
        release = world.project(says("hello"), name="release")
        (world.dir / "current").symlink_to(release.name)
        return world.dir / "current"

    def test_the_project_is_named_by_the_link(self, world: World, current: Path) -> None:
        done = world.run("run", "greet", "--ephemeral", "-o", "json", cwd=current, env={"PWD": str(current)})
        assert done.code == 0
        assert [each["main"] for each in done.named("synthesis_started")] == [str(current / "main.py")]

    def test_a_wrong_name_counts_for_nothing(self, world: World, current: Path) -> None:
        other = world.project(says("other"), name="other")
        done = world.run("run", "greet", "--ephemeral", "-o", "quiet", cwd=current, env={"PWD": str(other)})
        assert done.out == '{"text": "hello"}\n'

    def test_a_project_above_what_the_link_leads_to(self, world: World, current: Path) -> None:
        (current / "sub").mkdir()
        (world.dir / "sub").symlink_to(current / "sub")
        done = world.run(
            *("run", "greet", "--ephemeral", "-o", "quiet"),
            cwd=world.dir / "sub",
            env={"PWD": str(world.dir / "sub")},
        )
        assert done.out == '{"text": "hello"}\n'

    def test_a_project_above_the_link_is_nearer(self, world: World, current: Path) -> None:
        outer = world.project(says("outer"), name="outer")
        shutil.copytree(current, world.dir / "release2")
        (world.dir / "release2" / "sub").mkdir()
        (outer / "sub").symlink_to(world.dir / "release2" / "sub")
        done = world.run(
            *("run", "greet", "--ephemeral", "-o", "quiet"),
            cwd=outer / "sub",
            env={"PWD": str(outer / "sub")},
        )
        assert done.out == '{"text": "outer"}\n'
