"""Defects of the original command, by their numbers: a project's program runs and is read."""

from __future__ import annotations

import os
import re
import shutil
import signal
from pathlib import Path

import pytest

from tests.runcmd.synthesis.golang.gophers import MODULE, PATIENT, needs_go, program
from tests.support.poll import wait_until
from tests.support.world import World

TWO = """
from stigmer import Workflow

for name in ("old", "kept"):
    Workflow(name).set("say", text=name)
"""


def applied(world: World, project: Path) -> list[str]:
    done = world.run("apply", "-o", "json", cwd=project)
    assert done.code == 0, done.text
    return [event["name"] for event in done.named("resource_applied")]


def test_b27_what_the_code_no_longer_declares_is_not_deployed_again(world: World) -> None:
    project = world.project(TWO)
    assert sorted(applied(world, project)) == ["kept", "old"]
    (project / "main.py").write_text(TWO.replace('("old", "kept")', '("kept",)'))
    assert applied(world, project) == ["kept"]
    (project / ".stigmer").mkdir(exist_ok=True)  # where the original looks
    (project / ".stigmer" / "workflow-0.pb").write_bytes(b"stale")
    (project / "main.py").write_text("print('nothing is declared')\n")
    done = world.run("apply", "-o", "json", cwd=project)
    assert not done.named("resource_applied")


@PATIENT
def test_b28_b29_a_go_package_of_several_files_is_built_and_its_modules_stay(
    world: World, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    needs_go(tmp_path_factory, monkeypatch)
    project = world.project("", yaml="name: demo\nruntime: go\n")
    (project / "go.mod").write_text(MODULE)
    (project / "main.go").write_text(program("greet()"))
    (project / "greet.go").write_text("package main\n\nfunc greet() {}\n")
    for name in ("GOCACHE", "GOFLAGS", "GOPROXY"):
        world.extra[name] = os.environ[name]
    assert applied(world, project) == ["gopher"]
    assert (project / "go.mod").read_text() == MODULE
    assert not (project / "go.sum").exists()


@pytest.mark.parametrize("end", ["timeout", "interrupt"])
def test_b30_a_program_that_never_ends_is_ended(world: World, end: str) -> None:
    project = world.project("import time\nprint('begun', flush=True)\ntime.sleep(600)\n")
    if end == "timeout":
        done = world.run("run", "--timeout", "2", cwd=project)
        assert done.code == 124, done.text
    else:
        running = world.start("run", cwd=project)
        running.until("begun")
        running.signal(signal.SIGINT)
        assert running.end().code == 130
    wait_until(lambda: not [each for each in world.processes().values() if "main.py" in each])


def test_b31_b32_all_that_the_program_says_is_shown_and_its_error_whole(world: World) -> None:
    noise = "é" * 700
    project = world.project(
        f"import sys\nprint('{noise}', file=sys.stderr)\nraise ValueError('the end: ☕')\n"
    )
    done = world.run("run", cwd=project)
    assert done.code == 3
    assert noise in done.err
    assert "ValueError: the end: ☕" in done.err
    fine = world.project(f"import sys\nprint('careful', file=sys.stderr)\nprint('noisy')\n{TWO}")
    quiet = world.run("run", "kept", "-o", "quiet", cwd=fine)
    assert "noisy" not in quiet.out
    assert "careful" in world.run("run", "kept", cwd=fine).err


def test_b33_more_than_ten_resources_stay_in_the_order_of_the_code(world: World) -> None:
    names = [f"step-{number}" for number in range(1, 14)]
    lines = [f'Workflow("{name}").set("say", text="{name}")' for name in names]
    project = world.project("from stigmer import Workflow\n" + "\n".join(lines) + "\n")
    done = world.run("run", cwd=project)
    assert re.findall(r"stigmer run (step-\d+)", done.err) == names


def test_b08_b56_a_refused_scaffold_fails_and_a_made_one_runs(world: World) -> None:
    assert world.run("new", "shop").code == 0
    again = world.run("new", "shop")
    assert again.code == 2
    assert "shop" in again.err
    shop = world.dir / "shop"
    if shutil.which("git"):
        assert (shop / ".gitignore").is_file()
    done = world.run("run", "--all", cwd=shop)
    assert done.code == 0, done.text
