"""Whatever dies or is cancelled: the next synthesis works, and nothing is left."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

import anyio
import pytest

from runcmd.errors import ProjectError
from runcmd.project import Project
from runcmd.synthesis.forks.zygote import Zygote, open_zygote
from tests.runcmd.synthesis.forks.zygotes import (
    AGENT,
    REPLY,
    Count,
    Library,
    discovered,
    number_of,
    processes,
)
from tests.support.paths import PYTHONPATH
from tests.support.poll import until
from tests.support.processes import alive, open_files

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there are only fresh children")


async def test_a_killed_zygote_is_replaced(agent_project: Project, zygote: Zygote, forks: Count) -> None:
    for _ in range(3):
        await discovered(agent_project, zygote)
        os.kill(number_of(zygote), signal.SIGKILL)
    await discovered(agent_project, zygote)
    assert forks() == 4


async def test_a_killed_fork_that_waits_is_replaced(
    agent_project: Project, zygote: Zygote, forks: Count
) -> None:
    await discovered(agent_project, zygote)
    for _ in range(3):
        waiting: list[int] = []

        def one_waits(found: list[int] = waiting) -> bool:
            # Asked once: a zygote that knows more modules may take over between two questions.
            found[:] = processes(number_of(zygote))
            return len(found) == 1

        await until(one_waits)
        with suppress(ProcessLookupError):  # its zygote was replaced, and it went, too
            os.kill(waiting[0], signal.SIGKILL)
        await until(lambda gone=waiting[0]: gone not in processes(number_of(zygote)))
        await discovered(agent_project, zygote)
    assert forks() == 4


async def test_a_program_that_no_fork_survives_gets_fresh_children(
    agent_project: Project, zygote: Zygote, forks: Count
) -> None:
    await discovered(agent_project, zygote)
    # By its command line and not its number: a zygote that knows more modules may take over at any moment.
    agent_project.main.write_text(
        AGENT + "import os, signal\n"
        "if b'stigmer._fork.zygote' in open(f'/proc/{os.getppid()}/cmdline', 'rb').read():\n"
        "    os.kill(os.getpid(), signal.SIGSEGV)\n"
    )
    for _ in range(3):
        await discovered(agent_project, zygote)
    assert forks() == 1
    agent_project.main.write_text(AGENT + "print('again')\n")
    await discovered(agent_project, zygote)
    assert forks() == 1, "it has been given up"


async def test_a_zygote_that_is_killed_during_a_synthesis(
    agent_project: Project, zygote: Zygote, forks: Count
) -> None:
    fifo = agent_project.directory / "fifo"
    os.mkfifo(fifo)
    agent_project.main.write_text(AGENT + "import os\nif os.path.exists('fifo'): open('fifo').read()\n")
    manifests = []

    async def synthesise() -> None:
        manifests.append(await discovered(agent_project, zygote))

    async with anyio.create_task_group() as group:
        group.start_soon(synthesise)
        stream = await anyio.to_thread.run_sync(lambda: fifo.open("w"))  # the program is at work
        fifo.unlink()
        os.kill(number_of(zygote), signal.SIGKILL)
        with anyio.CancelScope(shield=True):
            await until(lambda: manifests)
        stream.close()
    assert manifests[0].resources[0].slug == "helper"
    assert forks() == 1


@pytest.mark.parametrize("number", ["SIGKILL", "SIGSTOP", "SIGTERM"])
async def test_a_program_that_signals_its_parent(
    number: str, agent_project: Project, zygote: Zygote, forks: Count
) -> None:
    agent_project.main.write_text(
        AGENT + f"import os, signal, time\nos.kill(os.getppid(), signal.{number})\ntime.sleep(60)"
    )
    deadline = 1 if number == "SIGSTOP" else 30
    with pytest.raises(ProjectError, match=r"did not finish|ended or stopped the process that started it"):
        await discovered(agent_project, zygote, deadline)
    agent_project.main.write_text(AGENT)
    assert (await discovered(agent_project, zygote)).resources[0].slug == "helper"
    assert forks() >= 1


async def test_an_endless_program_and_its_children_are_ended(
    agent_project: Project, zygote: Zygote, forks: Count
) -> None:
    agent_project.main.write_text(
        "import os, signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nos.fork()\n"
        "open(f'pid-{os.getpid()}', 'w').close()\nwhile True: time.sleep(1)"
    )
    with pytest.raises(ProjectError, match=r"main.py did not finish within 1 s"):
        await discovered(agent_project, zygote, 1)
    pids = [int(path.name[4:]) for path in agent_project.directory.glob("pid-*")]
    assert len(pids) == 2
    await until(lambda: not any(map(alive, pids)))
    agent_project.main.write_text(AGENT)
    await discovered(agent_project, zygote)
    assert forks() == 2


async def test_a_cancel_ends_the_program_and_not_the_zygote(agent_project: Project, zygote: Zygote) -> None:
    await discovered(agent_project, zygote)
    before = number_of(zygote)
    agent_project.main.write_text("import os, time\nopen(f'pid-{os.getpid()}', 'w').close()\ntime.sleep(60)")
    async with anyio.create_task_group() as group:
        group.start_soon(discovered, agent_project, zygote)
        await until(lambda: list(agent_project.directory.glob("pid-*")))
        group.cancel_scope.cancel()
    (pid,) = (int(path.name[4:]) for path in agent_project.directory.glob("pid-*"))
    await until(lambda: not alive(pid))
    agent_project.main.write_text(AGENT)
    await discovered(agent_project, zygote)
    assert number_of(zygote) == before


async def test_a_cancel_at_any_moment_leaves_a_zygote_that_works(
    agent_project: Project, zygote: Zygote
) -> None:
    for at in range(12):
        with anyio.move_on_after(at * 0.004):
            await discovered(agent_project, zygote)
        if at % 4 == 3:
            assert (await discovered(agent_project, zygote)).resources[0].slug == "helper"


async def test_nothing_is_left(agent_project: Project, library: Library) -> None:
    library.install("slow", "VALUE = 1\n")
    agent_project.main.write_text(REPLY.format(module="slow"))
    async with open_zygote(agent_project) as zygote:
        await discovered(agent_project, zygote)  # and now it learns
    processes_before = processes()
    files_before = open_files()
    for _ in range(3):
        async with open_zygote(agent_project) as zygote:
            await discovered(agent_project, zygote)
        async with open_zygote(agent_project):
            pass
        with pytest.raises(KeyError):
            async with open_zygote(agent_project):
                raise KeyError
    assert processes().keys() <= processes_before.keys()
    assert open_files() <= files_before


async def test_the_zygote_ends_with_its_client(agent_project: Project, tmp_path: Path) -> None:
    program = f"""
import anyio, os, pathlib
from runcmd.project import load
from runcmd.synthesis.discover import discover
from runcmd.synthesis.forks.zygote import open_zygote

async def main():
    project = load(pathlib.Path({str(agent_project.file)!r}))
    async with open_zygote(project) as zygote:
        async def ignore(event): pass
        await discover(project, ignore, synthesizer=zygote)
        print(zygote._warm._process.pid, flush=True)
        await discover(project, ignore, synthesizer=zygote)

anyio.run(main)
"""
    environment = {
        **os.environ,
        "PYTHONPATH": PYTHONPATH,
        "TMPDIR": str(tmp_path),
    }
    agent_project.main.write_text(
        AGENT + "import os, time\n"
        "if os.path.exists('first'): open(f'pid-{os.getpid()}', 'w').close(); time.sleep(60)\n"
        "open('first', 'w').close()\n"
    )
    async with await anyio.open_process([sys.executable, "-c", program], env=environment) as client:
        assert client.stdout is not None
        number = int(await client.stdout.receive())
        await until(lambda: list(agent_project.directory.glob("pid-*")))
        client.kill()
    (pid,) = (int(path.name[4:]) for path in agent_project.directory.glob("pid-*"))
    await until(lambda: not alive(number) and not alive(pid))
