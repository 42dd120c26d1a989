"""A keeper goes when nobody needs it; and whatever dies, the next command works, and nothing is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from runcmd.project import Project
from runcmd.synthesis.forks.json_socket import JsonSocket
from runcmd.synthesis.forks.keeper import MOST_KEEPERS
from runcmd.synthesis.forks.seat import Seat, forget_old, seats
from tests.runcmd.synthesis.forks.keepers import HEAD, TAIL, Commands, keepers, program, started
from tests.runcmd.synthesis.forks.zygotes import processes
from tests.support.poll import until
from tests.support.processes import alive
from tests.support.project import load_project

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there are only fresh children")


async def family(keeper: int) -> list[int]:
    """The keeper, its warm process and the fork that waits."""
    found = [keeper]
    for each in found:
        found += processes(each)
    return found


async def test_it_ends_with_the_daemon(commands: Commands, kept_project: Project) -> None:
    await commands.warm(kept_project)
    all_of_it = await family(commands.keeper())
    commands.daemon.kill()
    for pid in all_of_it:
        await until(lambda pid=pid: not alive(pid), "it has ended")
    assert not commands.sockets()


async def test_it_ends_when_nobody_comes(commands: Commands, kept_project: Project) -> None:
    commands.seconds = 4.0
    await commands.warm(kept_project)
    await until(lambda: not keepers(commands.directory), "it has ended")
    await until(lambda: not commands.sockets())
    await commands.warm(kept_project)


async def test_it_ends_with_its_project(commands: Commands, kept_project: Project) -> None:
    commands.seconds = 1000.0  # it looks after a third of a minute
    await commands.warm(kept_project)
    kept_project.main.unlink()
    await until(lambda: not keepers(commands.directory), "it has ended")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
async def test_a_killed_keeper_is_replaced(
    commands: Commands, kept_project: Project, number: signal.Signals
) -> None:
    await commands.warm(kept_project)
    killed = commands.keeper()
    all_of_it = await family(killed)
    os.kill(killed, number)
    for pid in all_of_it:
        await until(lambda pid=pid: not alive(pid), "it has ended")
    assert await commands.said(kept_project) == "fresh: one"
    await commands.warm(kept_project)
    assert commands.keeper() != killed


async def test_a_keeper_that_is_killed_while_a_program_runs(
    commands: Commands, kept_project: Project
) -> None:
    await commands.warm(kept_project)
    # In a fork it kills the process that forked it, or the keeper, and goes on.
    kept_project.main.write_text(
        f"{HEAD}import pathlib\n"
        "if how == 'fork':\n"
        "    parent = pathlib.Path(f'/proc/{os.getppid()}/stat').read_text()\n"
        "    pathlib.Path('fork').write_text(str(os.getpid()))\n"
        "    os.kill(int(parent.rpartition(')')[2].split()[1]), 9)\n"
        "    while True: pass\n"
        f"value = 'after all'{TAIL}"
    )
    fork = kept_project.directory / "fork"

    async def killed() -> bool:
        assert await commands.said(kept_project) == "fresh: after all"
        return fork.exists()

    await until(killed)
    assert not alive(int(fork.read_text()))


async def test_a_command_that_is_killed_takes_its_program_along(
    commands: Commands, kept_project: Project
) -> None:
    code = (
        "import anyio, pathlib, sys\n"
        "from runcmd.project import load\n"
        "from runcmd.synthesis.forks.kept import Kept\n"
        "from runcmd.synthesis.discover import discover\n"
        "async def ignore(event): ...\n"
        "async def main():\n"
        "    project = load(pathlib.Path(sys.argv[2]))\n"
        "    kept = Kept(pathlib.Path(sys.argv[1]), project)\n"
        "    found = await discover(project, ignore, synthesizer=kept)\n"
        "    kept.keep(int(sys.argv[3]), 60.0)\n"
        "    print(found.resources[0].message.spec.instructions)\n"
        "anyio.run(main)\n"
    )

    def command() -> subprocess.Popen[bytes]:
        return started(code, commands.directory, kept_project.file, str(commands.daemon.pid))

    def forked() -> bool:
        with command() as running:
            return running.communicate()[0].startswith(b"It ran as fork")

    await until(forked)
    keeper = commands.keeper()
    ids = kept_project.directory / "id"
    kept_project.main.write_text(
        f"{HEAD}open('id', 'w').write(f'{{how}} {{os.getpid()}} ')\nwhile True: pass"
    )

    async def killed() -> int:
        with command() as running:
            await until(lambda: ids.exists() and ids.read_text().endswith(" "))
            how, program = ids.read_text().split()
            running.kill()
        ids.unlink()
        return int(program) if how == "fork" else 0

    fork = await until(killed)
    await until(lambda: not alive(fork), "the program has ended")
    kept_project.main.write_text(program("'next'"))
    await until(forked)
    assert commands.keeper() == keeper


async def test_a_keeper_that_is_not_what_its_command_expects(
    commands: Commands, kept_project: Project
) -> None:
    await commands.warm(kept_project)
    seat = Seat(commands.directory, commands.sockets()[0].stem)
    connection = seat.connect()
    assert connection is not None
    wire = JsonSocket(connection)
    await wire.send({"surroundings": "elsewhere", "out": "/", "cwd": "/", "environ": {}})
    assert await wire.receive() == {"fresh": True}
    wire.close()
    await until(lambda: not keepers(commands.directory), "it is of no use")
    assert await commands.said(kept_project) == "fresh: one"
    assert not keepers(commands.directory)


async def test_a_keeper_that_does_not_answer(commands: Commands, kept_project: Project) -> None:
    await commands.warm(kept_project)
    keeper = commands.keeper()
    os.kill(keeper, signal.SIGSTOP)
    try:
        assert await commands.said(kept_project) == "fresh: one"
        kept_project.main.write_text(program("open('ran', 'a').write('x') and 'two'"))
        before = commands.count
        assert await commands.said(kept_project) == "fresh: two"
    finally:
        os.kill(keeper, signal.SIGCONT)
    await commands.forked(kept_project, "two")
    runs = len((kept_project.directory / "ran").read_text())
    assert runs == commands.count - before, "nothing runs for who has left"


async def test_only_so_many_are_kept(commands: Commands, tmp_path: Path) -> None:
    projects = [
        load_project(tmp_path / f"p{number}", program(f"'{number}'")) for number in range(MOST_KEEPERS + 2)
    ]
    for project in projects:
        await commands.warm(project)
    await until(lambda: len(keepers(commands.directory)) <= MOST_KEEPERS, "the oldest have gone")
    await commands.forked(projects[-1], f"{len(projects) - 1}")


async def test_a_directory_that_cannot_be_written_to(commands: Commands, kept_project: Project) -> None:
    commands.directory.write_text("a file")
    for _ in range(3):
        assert await commands.said(kept_project) == "fresh: one"
    commands.directory.unlink()


async def test_one_that_does_not_start_is_not_tried_at_each_command(
    commands: Commands, kept_project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    count = kept_project.directory / "count"
    monkeypatch.setattr("runcmd.synthesis.forks.kept.PROGRAM", f"open({str(count)!r}, 'a').write('x')")
    for _ in range(3):
        await commands.said(kept_project)
    await until(lambda: count.exists() and count.read_text() == "x")
    await commands.said(kept_project)
    assert count.read_text() == "x"


def test_what_nobody_asks_for_is_forgotten(tmp_path: Path) -> None:
    old, new = Seat(tmp_path, "old"), Seat(tmp_path, "new")
    for seat in (old, new):
        assert not seat.visit()
    os.utime(old.lock_file, (0, 0))
    forget_old(tmp_path)
    assert [seat.name for seat in seats(tmp_path)] == ["new"]


def test_a_project_is_in_use_after_two_commands_in_a_quarter_of_an_hour(tmp_path: Path) -> None:
    seat = Seat(tmp_path / "warm", "name")
    assert not seat.visit()
    assert seat.visit()
    os.utime(seat.lock_file, (0, 0))
    assert not seat.visit()
    assert seat.visit()
    seat.leave("it is too large")
    assert not seat.visit()
    os.utime(seat.lock_file, (0, 0))
    assert not seat.visit()
    assert seat.visit()
