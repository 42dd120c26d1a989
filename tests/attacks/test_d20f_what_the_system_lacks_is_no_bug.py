"""D20 f: no further process, thread, file or memory is said in a sentence, and is not called a bug."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from stigmer_api.shortage import shortage
from tests.support.command import Done
from tests.support.poll import wait_until
from tests.support.processes import alive
from tests.support.world import World

GROUPS = Path("/sys/fs/cgroup/pids")
PROGRAM = 'from stigmer import Workflow\nWorkflow("w").set("a", b="${ [1, 2] | add }")\n'


@pytest.fixture
def group(world: World) -> Iterator[Path]:
    """A control group that limits processes and threads."""
    made = GROUPS / f"stigmer-{world.dir.name}"
    try:
        made.mkdir()
    except OSError:
        pytest.skip("no control group can be made here")
    yield made
    for pid in map(int, (made / "cgroup.procs").read_text().split()):
        with suppress(ProcessLookupError):
            os.kill(pid, 9)
    wait_until(lambda: not (made / "cgroup.procs").read_text().split(), "the group is empty")
    made.rmdir()


def is_honest(world: World, done: Done) -> None:
    assert done.code in (0, 1, 2, 3, 4), done
    assert "bug" not in done.text, done.text
    assert "Traceback" not in done.text, done.text
    assert not list(world.dir.glob(".stigmer/logs/crash-*")), done.text
    log = world.data / "logs" / "stigmerd.log"
    assert not log.exists() or "because of a bug" not in log.read_text()


@pytest.mark.parametrize("processes", [1, 2, 4, 6, 10, 14, 20, 26])
def test_no_further_process_or_thread(world: World, group: Path, processes: int) -> None:
    project = world.project(PROGRAM)
    (group / "pids.max").write_text(str(processes))
    done = world.run(
        "run", "w", cwd=project, limited=lambda: (group / "cgroup.procs").write_text(str(os.getpid()))
    )
    is_honest(world, done)
    assert done.code == 0 or "process" in done.text, done.text
    for pid in map(int, (group / "cgroup.procs").read_text().split()):
        with suppress(ProcessLookupError):
            os.kill(pid, 9)
        wait_until(lambda pid=pid: not alive(pid), "it is gone")  # type: ignore[misc]
    assert world.run("run", "w", cwd=project).code == 0, "and all is well without the limit"


@pytest.mark.parametrize("files", [5, 8, 12, 20, 24, 30, 40, 47, 48, 64])
def test_no_further_file(world: World, files: int) -> None:
    project = world.project(PROGRAM)
    done = world.run(
        "run",
        "w",
        cwd=project,
        limited=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (files, files)),
    )
    is_honest(world, done)
    assert done.code == 0 or "open files" in done.text, done.text


def test_several_lacks_at_once_are_one() -> None:
    lacks = [OSError(11, "no"), RuntimeError("can't start new thread")]
    assert shortage(ExceptionGroup("", lacks))
    assert not shortage(ExceptionGroup("", [*lacks, ValueError()]))
    assert shortage(MemoryError())
    assert not shortage(RuntimeError("something else"))
