"""Running somebody's program: bounded, and nothing of it is left."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import anyio
import pytest

from runcmd.synthesis.child import KEPT_BYTES, run_program
from runcmd.synthesis.interfaces import Finished
from tests.support.poll import until
from tests.support.processes import alive, open_files


async def run(program: str, directory: Path, deadline: float = 20) -> Finished:
    return await run_program(
        [sys.executable, "-c", program], cwd=directory, env=dict(os.environ), deadline=deadline
    )


async def test_output_and_status_are_whole(tmp_path: Path) -> None:
    finished = await run("import sys; print('a' * 70000); print('b', file=sys.stderr); sys.exit(3)", tmp_path)
    assert (finished.status, len(finished.stdout), finished.stderr) == (3, 70001, "b\n")


async def test_a_hundred_megabytes_are_drained_and_bounded(tmp_path: Path) -> None:
    program = "import os\nfor _ in range(100): os.write(1, b'x' * (1 << 20))\nos.write(1, b'the end')"
    finished = await run(program, tmp_path, 60)
    assert finished.status == 0
    assert len(finished.stdout) < 2 * KEPT_BYTES + 100_000
    assert finished.stdout.endswith("the end")
    assert "bytes left out" in finished.stdout


async def test_input_is_empty(tmp_path: Path) -> None:
    assert (await run("print(repr(input()))", tmp_path)).status == 1


async def test_an_endless_program_and_its_children_are_ended(tmp_path: Path) -> None:
    program = (
        "import os, signal, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "child = os.fork()\n"
        "open(f'pid-{os.getpid()}', 'w').close()\n"
        "while True: time.sleep(1)"
    )
    finished = await run(program, tmp_path, 1)
    assert finished.timed_out
    pids = [int(path.name[4:]) for path in tmp_path.iterdir()]
    assert len(pids) == 2
    await until(lambda: not any(map(alive, pids)))


async def test_what_a_program_leaves_in_its_group_is_ended(tmp_path: Path) -> None:
    program = (
        "import os, time\n"
        "if os.fork() == 0:\n"
        "    if os.fork() == 0:\n"
        "        open(f'pid-{os.getpid()}', 'w').close()\n"
        "        time.sleep(600)\n"
        "    os._exit(0)\n"
        "while not [name for name in os.listdir('.') if name.startswith('pid-')]: time.sleep(0.01)\n"
        "print('done')"
    )
    finished = await run(program, tmp_path)
    assert (finished.status, finished.stdout) == (0, "done\n")
    (left,) = tmp_path.iterdir()
    await until(lambda: not alive(int(left.name[4:])))


async def test_a_process_that_left_the_group_does_not_hold_us(tmp_path: Path) -> None:
    program = (
        "import os, time\n"
        "if os.fork() == 0:\n"
        "    os.setsid()\n"
        "    open(f'pid-{os.getpid()}', 'w').close()\n"
        "    time.sleep(600)\n"
        "while not os.listdir('.'): time.sleep(0.01)\n"
        "print('done')"
    )
    with anyio.fail_after(10):
        finished = await run(program, tmp_path)
    assert finished.stdout == "done\n"
    (left,) = tmp_path.iterdir()
    os.kill(int(left.name[4:]), 9)


async def test_a_cancel_ends_it(tmp_path: Path) -> None:
    program = "import os, time\nopen(f'pid-{os.getpid()}', 'w').close()\ntime.sleep(600)"
    async with anyio.create_task_group() as group:
        group.start_soon(run, program, tmp_path)
        await until(lambda: any(tmp_path.iterdir()))
        group.cancel_scope.cancel()
    (pid,) = (int(path.name[4:]) for path in tmp_path.iterdir())
    assert not alive(pid)
    with pytest.raises(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)  # noqa: ASYNC222 - does not wait


async def test_no_descriptor_is_left(tmp_path: Path) -> None:
    await run("", tmp_path)
    before = open_files()
    for _ in range(5):
        await run("", tmp_path)
    with pytest.raises(FileNotFoundError):
        await run_program(["/no/such/program"], cwd=tmp_path, env={}, deadline=1)
    assert open_files() <= before
