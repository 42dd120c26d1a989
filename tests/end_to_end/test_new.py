"""Each template becomes a project that runs, checks and passes its own test, offline."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pexpect
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
    assert re.search(r"\b[23] passed", done.stdout)


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


OFFER = "Make a project in this directory, and run it\\? \\[Y/n\\] "


def test_an_empty_directory_is_offered_a_project_that_runs(shared: World) -> None:
    (place := shared.dir / "fresh").mkdir()
    terminal = shared.terminal("run", "-m", "Ada", cwd=place)
    terminal.expect(OFFER)
    terminal.send("\r")
    terminal.expect("Created the project fresh in this directory")
    terminal.expect("Hello, Ada!")
    terminal.expect(pexpect.EOF)
    terminal.wait()
    assert terminal.exitstatus == 0
    assert (place / "Stigmer.yaml").exists()


@pytest.mark.parametrize("answer", ["n\r", "\x04", "what?\rno\r"])
def test_whoever_wants_none_is_told_what_is_missing(shared: World, answer: str) -> None:
    (place := shared.dir / f"none-{len(answer)}").mkdir()
    terminal = shared.terminal("run", cwd=place)
    terminal.expect(OFFER)
    terminal.send(answer)
    terminal.expect("Error: No Stigmer.yaml found in current directory")
    terminal.expect("Or make a project: stigmer new <name>")
    terminal.expect(pexpect.EOF)
    terminal.wait()
    assert terminal.exitstatus == 2
    assert list(place.iterdir()) == []


def test_ctrl_c_at_the_offer_makes_nothing(shared: World) -> None:
    (place := shared.dir / "interrupted").mkdir()
    terminal = shared.terminal("run", "--watch", cwd=place)
    terminal.expect(OFFER)
    terminal.sendintr()
    terminal.expect(pexpect.EOF)
    terminal.wait()
    assert terminal.exitstatus == 130
    assert "Traceback" not in str(terminal.before)
    assert list(place.iterdir()) == []


def test_nobody_is_asked_where_something_is_or_without_a_terminal(shared: World) -> None:
    (place := shared.dir / "busy-too").mkdir()
    assert shared.run("run", cwd=place).code == 2
    (place / "orders.csv").touch()
    terminal = shared.terminal("run", cwd=place)
    terminal.expect("Or make a project: stigmer new <name>")
    assert "Make a project in" not in str(terminal.before)
    terminal.close()
    watched = shared.run("run", "--watch", cwd=place)
    assert watched.code == 2 and "stigmer new NAME" in watched.err
    applied = shared.run("apply", cwd=place)
    assert applied.code == 2 and "stigmer new NAME" in applied.err
