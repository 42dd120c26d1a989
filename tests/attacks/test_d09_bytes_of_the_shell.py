"""D9: what a shell hands over may be bytes that are no text. That is said, and is no bug of ours."""

from __future__ import annotations

import os
import subprocess

import pytest

from tests.support.command import Done
from tests.support.world import STIGMER, World

USAGE = 2
BYTES = os.fsdecode(b"caf\xe9\xff")
PROGRAM = 'from stigmer import Workflow\n\nWorkflow("hello").set("say", text="hello ${ $input.message }")\n'
ARGUMENTS = {
    "a name": ["run", BYTES],
    "a message": ["run", "hello", "-m", BYTES],
    "a variable": ["run", "hello", "-e", f"A={BYTES}"],
    "a variable's name": ["run", "hello", "-e", f"{BYTES}=a"],
    "a secret": ["run", "hello", "-e", f"secret:A={BYTES}"],
    "an organization": ["run", "hello", "--org", BYTES],
    "an execution": ["executions", "cancel", BYTES],
    "another execution": ["executions", "follow", BYTES],
    "a server": ["executions", "list", "--server", BYTES],
    "a user": ["server", "start", "--allow-user", BYTES],
}


@pytest.mark.parametrize("what", ARGUMENTS)
def test_arguments(shared: World, what: str) -> None:
    refused(shared, shared.run(*ARGUMENTS[what], cwd=shared.project(PROGRAM)))


@pytest.mark.parametrize("option", ["A", "secret:A"])
def test_inherited_variables(shared: World, option: str) -> None:
    done = shared.run("run", "hello", "-e", option, cwd=shared.project(PROGRAM), env={"A": BYTES})
    refused(shared, done)
    assert "the variable A" in done.text


def test_what_is_not_asked_for_may_be_anything(shared: World) -> None:
    environ = {"OPENAI_API_KEY": BYTES, "STIGMER_X": BYTES, BYTES: "x"}
    done = shared.run("run", "hello", "-o", "quiet", cwd=shared.project(PROGRAM), env=environ)
    assert done.code == 0, done.text


@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
def test_a_message_from_standard_input(shared: World, locale: str) -> None:
    done = subprocess.run(
        [STIGMER, "run", "hello", "-m", "-"],
        cwd=shared.project(PROGRAM),
        env=shared.environ | {"LC_ALL": locale},
        input=b"caf\xe9\xff",
        capture_output=True,
        check=False,
    )
    text = (done.stdout + done.stderr).decode(errors="replace")
    refused(shared, Done(code=done.returncode, out=text, err=""))


def test_a_project_at_a_path_that_is_no_text(shared: World) -> None:
    project = shared.project(PROGRAM, name=BYTES, yaml="name: project\nruntime: python\n")
    refused(shared, shared.run("run", "hello", cwd=project))
    refused(shared, shared.run("run", "hello", "-C", str(project)))


def test_a_file_of_variables_may_be_called_anything(shared: World) -> None:
    project = shared.project(PROGRAM)
    (project / BYTES).write_text("A=1\n")
    done = shared.run("run", "hello", "-o", "quiet", "--env-file", BYTES, cwd=project)
    assert done.code == 0, done.text


def refused(world: World, done: Done) -> None:
    assert done.code == USAGE, done.text
    assert "UTF-8" in done.text or "is not the address" in done.text
    assert "a bug" not in done.text
    assert not list(world.dir.rglob("crash-*"))
