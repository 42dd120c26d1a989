"""D20 a: what a killed command left in the temporary directory ends with the next one; nothing else does."""

from __future__ import annotations

import fcntl
import os
import signal
from pathlib import Path

import pytest

from tests.support.poll import wait_until
from tests.support.world import World

HANGS = """
import time
from pathlib import Path
Path(r"{mark}").write_text("x")
if Path(r"{hang}").exists():
    time.sleep(1000)
from stigmer import Agent, Scripted
Agent("a", "Speak to whoever asks.", model=Scripted("s.yaml"))
"""


@pytest.fixture
def temporary(world: World) -> Path:
    directory = world.dir / "t"
    directory.mkdir()
    world.extra["TMPDIR"] = str(directory)
    return directory


def hanging_project(world: World) -> tuple[Path, Path, Path]:
    mark, hang = world.dir / "mark", world.dir / "hang"
    made = world.project(HANGS.format(mark=mark, hang=hang))
    (made / "s.yaml").write_text("- say: one two three four\n  delay: 1000\n- say: two\n")
    return made, mark, hang


def ours(temporary: Path) -> set[str]:
    return {each.name for each in temporary.iterdir() if each.name.startswith("stigmer-")}


@pytest.mark.parametrize("times", [1, 3])
def test_a_program_that_was_killed_with_its_command(world: World, temporary: Path, times: int) -> None:
    directory, mark, hang = hanging_project(world)
    hang.touch()
    for _ in range(times):
        mark.unlink(missing_ok=True)
        running = world.start("apply", cwd=directory)
        wait_until(mark.exists, "the program runs")
        running.signal(signal.SIGKILL)
        running.end()
    left = ours(temporary)
    assert left
    hang.unlink()
    assert world.run("apply", cwd=directory).code == 0
    assert not ours(temporary)


def test_an_ephemeral_backend_with_an_agent(world: World, temporary: Path) -> None:
    directory, _, _ = hanging_project(world)
    running = world.start("run", "a", "--ephemeral", "-o", "json", cwd=directory)
    running.event("execution_created")
    wait_until(lambda: bool(list(temporary.glob("stigmer-*/agents/executions/*"))), "the agent works")
    running.signal(signal.SIGKILL)
    running.end()
    world.nothing_is_left()
    assert ours(temporary)
    assert world.run("apply", cwd=directory).code == 0
    assert not ours(temporary)


def test_what_is_not_provably_left_over_stays(world: World, temporary: Path) -> None:
    directory, _, _ = hanging_project(world)
    kept = [temporary / name for name in ("stigmer-mine", "stigmer-used", "other", "stigmer-link")]
    for each in kept[:3]:
        each.mkdir()
    target = world.dir / "target"
    target.mkdir()
    (target / "file").touch()
    kept[3].symlink_to(target)
    (temporary / "stigmer-link.lock").touch()
    (temporary / "other.lock").touch()
    (temporary / "stigmer-more.lock").symlink_to(target / "file")
    with (temporary / "stigmer-used.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert world.run("apply", cwd=directory).code == 0
    assert all(os.path.lexists(each) for each in kept)
    assert (target / "file").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to somebody else")
def test_what_belongs_to_somebody_else_stays(world: World, temporary: Path) -> None:
    directory, _, _ = hanging_project(world)
    theirs = temporary / "stigmer-theirs"
    theirs.mkdir()
    (temporary / "stigmer-theirs.lock").touch()
    for each in (theirs, temporary / "stigmer-theirs.lock"):
        os.chown(each, 1002, 1002)
    assert world.run("apply", cwd=directory).code == 0
    assert theirs.exists()
