"""Each template becomes a project that runs, checks and passes its own test, offline."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from devloop.cli.new.kinds import TEMPLATES, Template
from tests.support.poll import PATIENCE_SECONDS
from tests.support.world import STIGMER, World

EACH = pytest.mark.parametrize("template", TEMPLATES, ids=lambda each: each.name)


def with_path(world: World) -> Mapping[str, str]:
    return world.environ | {"PATH": f"{STIGMER.parent}:{os.environ['PATH']}"}


def shell(world: World, command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-c", command],
        cwd=cwd,
        env=with_path(world),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
    )


@EACH
def test_what_it_says_to_type_next_works(shared: World, template: Template) -> None:
    made = shared.run("new", f"shops/{template.name}", "--template", template.name)
    assert (made.code, made.err) == (0, ""), made.text
    change, run, watch = re.findall(r"^  ((?:cd|stigmer) .*)$", made.out, re.MULTILINE)
    assert watch == f"{run} --watch"
    checked = shell(shared, f"{change} && stigmer apply --dry-run", shared.dir)
    assert checked.returncode == 0, checked.stderr
    done = shell(shared, f"{change} && {run} -o json", shared.dir)
    assert done.returncode == 0, done.stdout + done.stderr
    unnamed = shell(shared, f"{change} && stigmer run -o quiet -m x --timeout 60", shared.dir)
    assert "to choose from" not in unnamed.stderr


@EACH
def test_its_own_test_passes_without_a_network(shared: World, template: Template) -> None:
    assert shared.run("new", template.name, "-t", template.name).code == 0
    offline = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q"],
        cwd=shared.dir / template.name,
        env={**with_path(shared), **offline},
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
    )
    assert done.returncode == 0, done.stdout
    assert re.search(r"\b2 passed", done.stdout)


@EACH
def test_its_notes_name_commands_that_exist(shared: World, template: Template) -> None:
    shared.run("new", f"notes/{template.name}", "-t", template.name)
    project = shared.dir / "notes" / template.name
    named = {
        command
        for page in project.glob("*.md")
        for command in re.findall(r"\bstigmer ([a-z]+(?: (?:list|show|run)\b)?)", page.read_text())
        if not command.startswith("project")
    }
    assert "apply" in named and "executions show" in named
    for command in named:
        done = shared.run(
            *command.split()[: 2 if command.startswith(("executions", "watch")) else 1], "--help"
        )
        assert (done.code, done.out != "") == (0, True), command


def test_a_refusal_is_no_success(shared: World) -> None:
    (busy := shared.dir / "busy").mkdir()
    (busy / "orders.csv").touch()
    done = shared.run("new", "busy")
    assert (done.code, done.out) == (2, "")
    assert "is not empty: orders.csv" in done.err and "stigmer explain E0230" in done.err
    assert shared.run("new", "a b").code == 2
    wrong = shared.run("new", "shop", "--template", "workflo")
    assert wrong.code == 2 and "did you mean 'workflow'?" in wrong.err
    assert not (shared.dir / "shop").exists()
