"""A project that belongs to somebody else, or that others may write to, is not run unless one says so."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from stigmerd.agents.models.layers import layer_of_file
from stigmerd.agents.problems import AgentProblem
from tests.support.command import Done
from tests.support.poll import PATIENCE_SECONDS, wait_until
from tests.support.processes import marked
from tests.support.world import STIGMER, World

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="users' numbers as on Linux"),
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to somebody else"),
]

MALLORY, VICTIM = 61_002, 61_003
PROGRAM = """\
from pathlib import Path
from stigmer import Workflow
Path(__file__).with_name("ran").touch()
Workflow("hello").set("say", text="hello")
"""
USAGE = 2


@pytest.fixture
def foreign(world: World) -> Path:
    return world.project(PROGRAM)


def give(*paths: Path, to: int = MALLORY) -> None:
    for path in paths:
        os.chown(path, to, to, follow_symlinks=False)


def give_all(directory: Path, to: int = MALLORY) -> None:
    give(directory, *directory.rglob("*"), to=to)


def refused(done: Done, project: Path, *words: str) -> None:
    assert done.code == USAGE, done.text
    assert not (project / "ran").exists(), "it was executed"
    assert "Traceback" not in done.text
    for word in (*words, "--trust"):
        assert word in done.text


def run(world: World, cwd: Path, *flags: str, **env: str) -> Done:
    return world.run("run", "hello", "--ephemeral", *flags, cwd=cwd, env=env)


def test_a_project_of_somebody_else_above_us(world: World, foreign: Path) -> None:
    below = foreign / "mine" / "deeper"
    below.mkdir(parents=True)
    give(foreign, foreign / "Stigmer.yaml", foreign / "main.py")
    refused(run(world, below), foreign, str(foreign), str(MALLORY))


@pytest.mark.parametrize("flags", [(), ("--watch", "--runs", "1", "--no-keys"), ("-o", "json")])
def test_it_is_refused_in_every_mode(world: World, foreign: Path, flags: tuple[str, ...]) -> None:
    give_all(foreign)
    refused(run(world, foreign, *flags), foreign, str(foreign))


def test_also_when_it_is_named(world: World, foreign: Path) -> None:
    give_all(foreign)
    refused(run(world, world.dir, "-C", str(foreign)), foreign)
    refused(world.run("apply", "--config", str(foreign)), foreign)
    refused(world.run("apply", "--dry-run", "--config", str(foreign / "Stigmer.yaml")), foreign)


@pytest.mark.parametrize("theirs", ["Stigmer.yaml", "main.py", "."])
def test_one_part_of_it_is_enough(world: World, foreign: Path, theirs: str) -> None:
    give(foreign / theirs)
    refused(run(world, foreign), foreign, str(foreign / theirs))


def test_a_link_to_their_program(world: World, foreign: Path) -> None:
    elsewhere = world.project(PROGRAM, name="elsewhere")
    (foreign / "main.py").unlink()
    (foreign / "main.py").symlink_to(elsewhere / "main.py")
    give(elsewhere / "main.py")
    refused(run(world, foreign), elsewhere, str(elsewhere / "main.py"))


def test_a_link_that_they_made_to_our_program(world: World, foreign: Path) -> None:
    (foreign / "main.py").rename(foreign / "mine.py")
    (foreign / "main.py").symlink_to("mine.py")
    give(foreign / "main.py")
    refused(run(world, foreign), foreign, str(foreign / "main.py"))


def test_a_main_outside_whose_directory_they_own(world: World, foreign: Path) -> None:
    """They can put a module beside it."""
    elsewhere = world.project(PROGRAM, name="elsewhere")
    (foreign / "Stigmer.yaml").write_text("name: x\nruntime: python\nmain: ../elsewhere/main.py\n")
    give(elsewhere)
    refused(run(world, foreign), elsewhere, str(elsewhere))


@pytest.mark.parametrize(
    ("place", "mode"), [(".", 0o777), (".", 0o1777), ("main.py", 0o666), ("Stigmer.yaml", 0o646)]
)
def test_what_everybody_may_write_to(world: World, foreign: Path, place: str, mode: int) -> None:
    (foreign / place).chmod(mode)
    refused(run(world, foreign), foreign, "everybody may write to", str(foreign / place))


def test_what_a_group_with_others_in_it_may_write_to(world: World, foreign: Path) -> None:
    shared = next((each for each in _groups_with_others()), None)
    if shared is None:
        pytest.skip("no group here has a member")
    os.chown(foreign / "main.py", 0, shared)
    (foreign / "main.py").chmod(0o664)
    refused(run(world, foreign), foreign, "in the group")


def _groups_with_others() -> Iterator[int]:
    import pwd

    yield from (user.pw_gid for user in pwd.getpwall() if user.pw_uid and user.pw_gid)


def test_our_own_group_may_write(world: World, foreign: Path) -> None:
    for path in (foreign, foreign / "main.py", foreign / "Stigmer.yaml"):
        path.chmod(path.stat().st_mode | 0o020)
    done = run(world, foreign)
    assert done.code == 0, done.text


@pytest.mark.parametrize("by", ["venv", "key", "VIRTUAL_ENV"])
def test_an_interpreter_of_somebody_else(world: World, foreign: Path, by: str) -> None:
    bin_ = (foreign if by == "venv" else world.dir) / ".venv" / "bin"
    bin_.mkdir(parents=True)
    python = bin_ / "python"
    python.write_text(f'#!/bin/sh\ntouch "{foreign}/ran"\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    if by == "key":
        (foreign / "Stigmer.yaml").write_text(f"name: x\nruntime: python\npython: {python}\n")
    give(python)
    env = {"VIRTUAL_ENV": str(bin_.parent)} if by == "VIRTUAL_ENV" else {}
    refused(run(world, foreign, **env), foreign, str(python))


def test_variables_of_somebody_else(world: World, foreign: Path) -> None:
    (foreign / "Stigmer.yaml").write_text("name: x\nruntime: python\nrun: {env_file: .env}\n")
    (foreign / ".env").write_text("A=1\n")
    give(foreign / ".env")
    refused(run(world, foreign), foreign, str(foreign / ".env"))


def test_it_is_noticed_while_a_loop_runs(world: World, foreign: Path) -> None:
    loop = world.start("run", "hello", "--watch", "--ephemeral", "-o", "json", cwd=foreign)
    loop.event("watch_ready")
    (foreign / "ran").unlink()
    give(foreign / "main.py")
    with (foreign / "main.py").open("a") as program:
        program.write("# theirs\n")
    broken = loop.event("edit_broken")
    assert str(foreign / "main.py") in broken["error"]
    assert not (foreign / "ran").exists()
    loop.process.terminate()
    loop.end()


@pytest.mark.parametrize(
    "way", ["flag", "variable", "variable below", "everything", "config", "config below"]
)
def test_one_can_trust_it(world: World, foreign: Path, way: str) -> None:
    give_all(foreign)
    stigmer = world.dir / ".stigmer"
    stigmer.mkdir(exist_ok=True)
    flags, env = ("--trust",) if way == "flag" else (), {}
    named = {"variable": foreign, "variable below": f"{world.dir}/*", "everything": "/other:*"}
    if way in named:
        env = {"STIGMER_TRUST": str(named[way])}
    if way.startswith("config"):
        line = f"{world.dir}/*" if way.endswith("below") else f"{foreign}"
        (stigmer / "config.yaml").write_text(f'trust:\n  - "{line}"\n')
    done = run(world, foreign, *flags, **env)
    assert done.code == 0, done.text
    assert (foreign / "ran").exists()


def test_trust_in_one_directory_is_none_in_another(world: World, foreign: Path) -> None:
    give_all(foreign)
    for named in (world.dir, f"{foreign}x", f"{foreign}/*", f"{world.dir}/proj"):
        refused(run(world, foreign, STIGMER_TRUST=str(named)), foreign)


def test_sudo_in_the_project_of_its_caller(world: World, foreign: Path) -> None:
    give_all(foreign)
    refused(run(world, foreign, SUDO_UID=str(VICTIM)), foreign)
    done = run(world, foreign, SUDO_UID=str(MALLORY))
    assert done.code == 0, done.text


def test_a_configuration_of_somebody_else_is_not_believed(world: World, foreign: Path) -> None:
    """It could send our secrets to another server, and say whom to trust."""
    config = world.dir / ".stigmer" / "config.yaml"
    config.parent.mkdir(exist_ok=True)
    config.write_text("trust: ['*']\nbackend: {type: cloud, cloud: {endpoint: 'x:443', org_id: x}}\n")
    give(config)
    done = world.run("run", "hello", cwd=foreign)
    assert (done.code, "chown" in done.text) == (USAGE, True), done.text
    assert str(config) in done.text
    give(config, to=0)
    config.chmod(0o666)
    done = world.run("run", "hello", cwd=foreign)
    assert (done.code, "chmod go-w" in done.text) == (USAGE, True), done.text


def test_nor_do_agents_believe_it(tmp_path: Path) -> None:
    """It could send the keys of a model to another server."""
    config = tmp_path / "config.yaml"
    config.write_text("backend: {local: {llm: {base_url: 'http://mallory/'}}}\n")
    assert layer_of_file(config).base_url
    config.chmod(0o646)
    with pytest.raises(AgentProblem, match="Everybody may write"):
        layer_of_file(config)
    config.chmod(0o644)
    give(config)
    with pytest.raises(AgentProblem, match=f"belongs to user {MALLORY}"):
        layer_of_file(config)


@pytest.fixture
def victims_home() -> Iterator[Path]:
    """A home of a second, real user; under /tmp, where somebody else's project may be."""
    directory = Path(tempfile.mkdtemp(prefix="d12", dir="/tmp"))
    directory.chmod(0o755)
    home = directory / "home"
    home.mkdir()
    os.chown(home, VICTIM, VICTIM)
    yield home
    wait_until(lambda: not marked(home), "nothing is left")
    shutil.rmtree(directory, ignore_errors=True)


def as_victim(home: Path, cwd: Path, *arguments: str) -> Done:
    """As another user, who may read the directory of this interpreter wherever it is."""
    become = ["setpriv", f"--reuid={VICTIM}", f"--regid={VICTIM}", "--clear-groups"]
    become += ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]
    done = subprocess.run(
        [*become, str(STIGMER), *arguments],
        cwd=cwd,
        env={"PATH": os.environ["PATH"], "HOME": str(home), "STIGMER_TEST_WORLD": str(home)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    if done.stderr.startswith("setpriv:"):
        pytest.skip(done.stderr)
    return Done(code=done.returncode, out=done.stdout, err=done.stderr)


@pytest.mark.skipif(not shutil.which("setpriv"), reason="setpriv is not installed")
def test_one_user_in_the_shared_directory_of_another(victims_home: Path) -> None:
    shared = victims_home.parent / "shared"
    below = shared / "work"
    below.mkdir(parents=True)
    (shared / "Stigmer.yaml").write_text("name: x\nruntime: python\n")
    (shared / "main.py").write_text(PROGRAM)
    give_all(shared)
    give(below, to=VICTIM)
    shared.chmod(0o1777)
    flags = ("run", "hello", "--ephemeral")
    refused(as_victim(victims_home, below, *flags), shared, str(MALLORY))
    # Their own is theirs, and what root installed is, too.
    for owner in (VICTIM, 0):
        give_all(shared, to=owner)
        shared.chmod(0o755)
        main = shared / "main.py"
        main.write_text(PROGRAM.replace('Path(__file__).with_name("ran").touch()', ""))
        done = as_victim(victims_home, below, *flags)
        assert done.code == 0, done.text
