"""Whatever is wrong: a message that says what and where, an exit status, and nothing left behind."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.end_to_end.programs import ONE_WORKFLOW, TWO_AGENTS
from tests.support.command import Done
from tests.support.world import World

USAGE, PROJECT, BACKEND, TIMEOUT = 2, 3, 4, 124


@dataclass(frozen=True, kw_only=True)
class Wrong:
    """A broken program, and what must be said about it."""

    program: str
    says: tuple[str, ...]
    says_not: tuple[str, ...] = ()


PROGRAMS = {
    "a syntax error": Wrong(program="import stigmer\n\ndef broken(:\n", says=("main.py:3", "SyntaxError")),
    "an exception": Wrong(
        program="def inner():\n    raise ValueError('no such customer')\n\ninner()\n",
        says=("main.py:2", "ValueError: no such customer", "in inner"),
        says_not=("synthesis.py", "runpy", "<frozen"),
    ),
    "an import that is not there": Wrong(
        program="import nowhere_at_all\n", says=("nowhere_at_all", "main.py:1")
    ),
    "an exit": Wrong(program="import sys\nsys.exit(3)\n", says=("main.py", "exit status 3")),
    "100 MB of output, then an error": Wrong(
        program="import sys\nfor _ in range(100): print('x' * 1_000_000)\nraise SystemExit('enough')\n",
        says=("main.py", "enough"),
    ),
    "a crash": Wrong(
        program="import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n", says=("main.py", "SIGSEGV")
    ),
    "nothing declared": Wrong(
        program="import stigmer\n", says=("main.py", "declares no agent and no workflow")
    ),
    "two of one name": Wrong(
        program=TWO_AGENTS.replace("second", "first"),
        says=("main.py:5", 'an agent "first" already, at main.py:4'),
        says_not=("stigmer/agents.py",),
    ),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_wrong_program_is_named(shared: World, name: str) -> None:
    wrong = PROGRAMS[name]
    done = shared.run("run", "first", cwd=shared.project(wrong.program))
    assert done.code == PROJECT, done.text
    for words in wrong.says:
        assert words in done.err
    for words in wrong.says_not:
        assert words not in done.text
    assert len(done.text) < 3_000_000
    shared.nothing_is_left()


def test_an_endless_program_is_stopped(shared: World) -> None:
    child = "import subprocess, sys\nsubprocess.Popen([sys.executable, '-c', 'while True: pass'])\n"
    program = child + "while True: pass\n"
    done = shared.run("run", "--timeout", "1", cwd=shared.project(program))
    assert done.code == TIMEOUT, done.text
    shared.nothing_is_left()


def test_a_fork_of_the_program_declares_nothing_and_does_not_stay(shared: World) -> None:
    program = ONE_WORKFLOW + "\nimport os, time\nif os.fork() == 0:\n    time.sleep(600)\n"
    done = shared.run("run", "-o", "json", cwd=shared.project(program))
    assert done.code == 0, done.text
    assert [event["name"] for event in done.named("resource_applied")] == ["greet"]
    shared.nothing_is_left()


def test_no_project_and_no_name(shared: World) -> None:
    done = shared.run("run")
    assert done.code == USAGE
    assert done.err.startswith("Error: No Stigmer.yaml found in current directory\n")
    assert "stigmer run <name-or-id>" in done.err


def test_an_unknown_name(shared: World) -> None:
    done = shared.run("run", "reviewr")
    assert done.code == 1
    assert "Agent or Workflow not found: reviewr" in done.err


YAML = {
    "no YAML": ("name: [project\nruntime: python\n", ("Stigmer.yaml:2:8",)),
    "an unknown key": (
        "name: project\nruntme: python\n",
        ("Stigmer.yaml:2:1", "runtme", "did you mean", "runtime"),
    ),
    "an unknown runtime": ("name: project\nruntime: pyton\n", ("Stigmer.yaml:2", "pyton", "python")),
    "no name": ("runtime: python\n", ("Stigmer.yaml", "name")),
}


@pytest.mark.parametrize("name", YAML)
def test_a_wrong_stigmer_yaml_is_named_with_line_and_column(shared: World, name: str) -> None:
    yaml, says = YAML[name]
    done = shared.run("run", cwd=shared.project(ONE_WORKFLOW, yaml=yaml))
    assert done.code == USAGE, done.text
    for words in says:
        assert words in done.err
    assert "Traceback" not in done.err


def test_no_main_file(shared: World) -> None:
    project = shared.project(ONE_WORKFLOW)
    (project / "main.py").unlink()
    done = shared.run("run", cwd=project)
    assert done.code == PROJECT
    assert f"{project / 'main.py'} does not exist" in done.err


def test_a_wrong_variable_is_named_before_anything_is_deployed(shared: World) -> None:
    done = shared.run("run", "--runtime-env", "INVALID", cwd=shared.project(ONE_WORKFLOW))
    assert done.code == USAGE
    assert done.err.startswith("Error: Invalid runtime environment format: INVALID (expected key=value)\n")
    assert "Deployed" not in done.out


def test_a_wrong_option(shared: World) -> None:
    done = shared.run("run", "--no-such-option")
    assert done.code == USAGE
    assert "--no-such-option" in done.err


def test_no_backend_at_the_given_address(shared: World) -> None:
    done = shared.run("run", "greet", "--server", "127.0.0.1:1")
    assert done.code == BACKEND
    assert "127.0.0.1:1" in done.err
    assert "Traceback" not in done.err


def test_a_data_directory_that_cannot_be_written(world: World) -> None:
    world.data.mkdir(mode=0o500)
    done = as_a_plain_user(world, "run", "greet")
    assert done.code == BACKEND, done.err
    assert str(world.data) in done.err
    assert "Traceback" not in done.err
    assert list(world.data.iterdir()) == []
    world.nothing_is_left()


@pytest.fixture
def small_disk(world: World) -> Iterator[Path]:
    world.data.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k,mode=700", "tmpfs", str(world.data)]
    if os.geteuid() or not shutil.which("mount") or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("mounting a small file system is not permitted here")
    yield world.data
    world.run("server", "stop")
    subprocess.run(["umount", "--lazy", world.data], check=True)


def test_a_full_disk(world: World, small_disk: Path) -> None:
    (small_disk / "filler").write_bytes(b"x" * 60_000)
    done = world.run("run", "greet")
    assert done.code == BACKEND, done.text
    assert "no space" in done.err.lower() or "disk" in done.err.lower()
    assert "Traceback" not in done.err
    world.nothing_is_left()


def test_a_backend_of_a_newer_version_is_left_alone(world: World) -> None:
    assert world.run("server", "start").code == 0
    pid = world.daemon_pid()
    info = world.data / "daemon.json"
    facts = json.loads(info.read_text())
    info.write_text(json.dumps(facts | {"version": "99.0.0", "protocol": 99}))
    done = world.run("run", "greet")
    assert done.code == BACKEND, done.text
    assert "99" in done.err
    assert world.daemon_pid() == pid
    info.write_text(json.dumps(facts))


def as_a_plain_user(world: World, *args: str) -> Done:
    """Root without the capability to write where it may not."""
    drop = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []
    if drop and not shutil.which("setpriv"):
        pytest.skip("root may write everywhere, and there is no setpriv")
    return world.run(*args, through=drop)
