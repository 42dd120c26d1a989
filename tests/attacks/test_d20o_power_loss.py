"""A power cut forgets nothing that was told to a client, and repeats no effect whose result was recorded."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import time
from contextlib import closing, suppress
from pathlib import Path

import grpc
import pytest

from stigmer_api.devloop_pb2 import SignalRequest
from stigmer_api.devloop_pb2_grpc import ExecutionControlStub
from tests.attacks.power.cut import Cut, Disk, library
from tests.end_to_end.programs import ONE_WORKFLOW, SLOW_WORKFLOW, http_steps
from tests.support.effects import counted_effects
from tests.support.poll import PATIENCE_SECONDS, wait_until
from tests.support.processes import marked
from tests.support.snapshots import CANCELLED, COMPLETED, TASK_COMPLETED, address, ended, snapshot
from tests.support.world import World

pytestmark = pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="files are looked up in /proc")

STEPS = 6
STEP_SECONDS = 0.03
SEEDS = int(os.environ.get("POWER_SEEDS", "3"))
AT_WORK = [(cut, seed) for cut in Cut for seed in range(SEEDS)]
BOTH = pytest.mark.parametrize("how", list(Cut), ids=lambda cut: cut.name)

LISTENER = """
from stigmer import Workflow

patient = Workflow("patient")
patient.listen("approval", "approve")
"""
SPEAKER = """
from stigmer import Agent, Scripted

Agent("speaker", "Say what the script says.", model=Scripted("script.yaml"))
"""


@pytest.fixture(scope="module")
def notes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return library(tmp_path_factory.mktemp("notes"))


@pytest.fixture
def disk(world: World, notes: Path) -> Disk:
    """Under the data directory of a world, whose backend has never run."""
    world.data.mkdir(mode=0o700)
    disk = Disk(world.data, world.dir / "shadow", notes)
    disk.settle()
    world.extra |= disk.environ
    return disk


@pytest.fixture
def used(world: World, disk: Disk) -> Disk:
    """It has run before, and that is on the disk."""
    assert world.run("server", "start").code == 0
    assert world.run("server", "stop").code == 0
    disk.settle()
    return disk


def cut(world: World, disk: Disk, how: Cut, seed: int = 0) -> None:
    """The power goes, and comes back."""
    for pid in marked(world.dir):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not marked(world.dir), "all processes are gone")
    disk.cut(how, random.Random(seed))
    started = world.run("server", "start")
    assert started.code == 0, started.text
    with closing(sqlite3.connect(world.data / "stigmerd.db")) as database:
        assert database.execute("PRAGMA quick_check").fetchall() == [("ok",)]


def begun(world: World, project: Path, name: str) -> str:
    """The execution, by the backend's word."""
    done = world.run("run", name, "--no-follow", "-o", "json", cwd=project)
    assert done.code == 0, done.text
    return str(done.named("execution_created")[0]["execution"])


@pytest.mark.parametrize(("how", "seed"), AT_WORK, ids=lambda each: getattr(each, "name", each))
def test_a_workflow_at_work(world: World, used: Disk, how: Cut, seed: int) -> None:
    chance = random.Random(seed)
    with counted_effects() as server:
        execution = begun(world, world.project(http_steps(server.url, STEPS)), "steps")
        server.wait_for(chance.randrange(STEPS + 1))
        time.sleep(chance.uniform(0, 1.5 * STEP_SECONDS))  # sleeps: the random moment
        told = snapshot(world, execution)
        cut(world, used, how, seed)
        last = ended(world, execution)
    assert last.status.phase == COMPLETED, last.status.error
    done = {task.task_name for task in told.status.tasks if task.status == TASK_COMPLETED}
    assert {server.asked[f"/{name}"] for name in done} <= {1}, server.asked
    assert sum(times - 1 for times in server.asked.values()) <= 1, "only what was in flight is asked again"
    assert set(server.asked) == {f"/step{i}" for i in range(STEPS)}


@BOTH
def test_what_was_deployed_and_accepted(world: World, used: Disk, how: Cut) -> None:
    project = world.project(SLOW_WORKFLOW)
    execution = begun(world, project, "slow")
    cut(world, used, how)
    assert snapshot(world, execution).metadata.id == execution
    assert world.run("executions", "cancel", execution).code == 0


@BOTH
def test_what_was_deployed(world: World, used: Disk, how: Cut) -> None:
    assert world.run("apply", cwd=world.project(ONE_WORKFLOW)).code == 0
    cut(world, used, how)
    done = world.run("run", "greet", "-o", "quiet")
    assert done.code == 0, done.text


@BOTH
def test_a_cancel_that_was_confirmed(world: World, used: Disk, how: Cut) -> None:
    execution = begun(world, world.project(SLOW_WORKFLOW), "slow")
    assert world.run("executions", "cancel", execution).code == 0
    cut(world, used, how)
    assert snapshot(world, execution).status.phase == CANCELLED


@BOTH
def test_a_signal_that_was_taken(world: World, used: Disk, how: Cut) -> None:
    execution = begun(world, world.project(LISTENER), "patient")
    with grpc.insecure_channel(address(world)) as channel:
        request = SignalRequest(execution_id=execution, signal_id="approve")
        ExecutionControlStub(channel).signal(request, timeout=PATIENCE_SECONDS)
    cut(world, used, how)
    assert ended(world, execution).status.phase == COMPLETED


@BOTH
def test_an_end_that_was_seen(world: World, used: Disk, how: Cut) -> None:
    project = world.project(SPEAKER)
    (project / "script.yaml").write_text("- say: There you are.\n")
    done = world.run("run", "speaker", "-o", "json", cwd=project)
    assert done.code == 0, done.text
    execution = str(done.named("execution_created")[0]["execution"])
    cut(world, used, how)
    shown = world.run("executions", "follow", execution, "-o", "json")
    assert shown.code == 0, shown.text
    assert "There you are." in shown.out


@BOTH
def test_the_very_first_start(world: World, disk: Disk, how: Cut) -> None:
    """The key of the stored secrets is there before anything is encrypted with it."""
    listen = ("server", "start", "--listen", "127.0.0.1:0")
    assert world.run(*listen).code == 0
    assert world.run("apply", cwd=world.project(ONE_WORKFLOW)).code == 0
    key = (world.data / "encryption.key").read_bytes()
    cut(world, disk, how)
    assert (world.data / "encryption.key").read_bytes() == key
    assert world.run("run", "greet", "-o", "quiet").code == 0
    assert world.run("server", "stop").code == 0
    again = world.run(*listen)
    assert again.code == 0, again.text
    assert len((world.data / "token").read_text().strip()) >= 32
