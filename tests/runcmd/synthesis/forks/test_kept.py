"""A command that finds a warm process has the same result as in a fresh child: of what is there now."""

from __future__ import annotations

import os
import resource
import sys
from pathlib import Path

import anyio
import pytest

from runcmd.errors import ProjectError
from runcmd.project import Project
from tests.runcmd.synthesis.forks.keepers import HEAD, TAIL, Commands, instructions, keepers, program, started
from tests.runcmd.synthesis.forks.zygotes import Library
from tests.support.poll import until
from tests.support.project import load_project

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there are only fresh children")


async def test_a_project_in_use_gets_a_keeper(commands: Commands, kept_project: Project) -> None:
    assert await commands.said(kept_project) == "fresh: one"
    assert not keepers(commands.directory), "one command is not yet use"
    assert await commands.said(kept_project) == "fresh: one"
    await commands.warm(kept_project)
    keeper = commands.keeper()
    for _ in range(3):
        await commands.forked(kept_project, "one")
    assert commands.keeper() == keeper


async def test_every_edit_counts(commands: Commands, kept_project: Project) -> None:
    module = kept_project.directory / "words.py"
    kept_project.main.write_text(program("__import__('words').VALUE"))
    module.write_text("VALUE = '00'")
    await commands.warm(kept_project)
    for number in range(10, 25):
        module.write_text(f"VALUE = '{number}'")
        await commands.forked(kept_project, f"{number}")
        kept_project.main.write_text(program(f"'{number}'"))
        await commands.forked(kept_project, f"{number}")
        kept_project.main.write_text(program("__import__('words').VALUE"))


async def test_another_version_of_a_library_counts(
    commands: Commands, kept_project: Project, library: Library
) -> None:
    library.install("greetings", "VALUE = 'old'")
    kept_project.main.write_text(program("__import__('greetings').VALUE"))
    for _ in range(3):
        await commands.warm(kept_project)
    for number in range(5):
        library.install("greetings", f"VALUE = '{number}'")
        assert (await commands.said(kept_project)).endswith(f": {number}")
        await commands.warm(kept_project)
        await commands.forked(kept_project, f"{number}")


async def test_variables_are_those_of_the_command(
    commands: Commands, kept_project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept_project.main.write_text(program("[os.environ.get(name) for name in ('OLDPWD', 'MY_KEY', '_')]"))
    monkeypatch.setenv("OLDPWD", "/a")
    await commands.warm(kept_project)
    monkeypatch.setenv("OLDPWD", "/b")
    monkeypatch.delenv("_", raising=False)
    await commands.forked(kept_project, "['/b', None, None]")
    monkeypatch.setenv("MY_KEY", "other")
    assert await commands.said(kept_project) == "fresh: ['/b', 'other', None]", "another keeper is needed"


async def test_a_library_that_reads_such_a_variable(
    commands: Commands, kept_project: Project, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.install("reader", "import os\nVALUE = os.environ.get('OLDPWD')")
    kept_project.main.write_text(program("__import__('reader').VALUE"))
    monkeypatch.setenv("OLDPWD", "/a")
    for _ in range(3):
        await commands.warm(kept_project)
    for place in ("/b", "/c", "/d"):
        monkeypatch.setenv("OLDPWD", place)
        assert (await commands.said(kept_project)).endswith(f": {place}")


async def test_the_modes_of_new_files_are_those_of_the_command(
    commands: Commands, kept_project: Project
) -> None:
    kept_project.main.write_text(program("oct(os.umask(0))"))
    await commands.warm(kept_project)
    before = os.umask(0o077)
    try:
        assert await commands.said(kept_project) == "fresh: 0o77"
    finally:
        os.umask(before)
    await commands.forked(kept_project, oct(before))


async def test_limits_are_those_of_the_command(commands: Commands, kept_project: Project) -> None:
    kept_project.main.write_text(
        program("__import__('resource').getrlimit(__import__('resource').RLIMIT_CORE)[0]")
    )
    soft, most = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, most))
    try:
        await commands.warm(kept_project)
        resource.setrlimit(resource.RLIMIT_CORE, (4096, most))
        assert await commands.said(kept_project) == "fresh: 4096"
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, (soft, most))


async def test_errors_and_output_are_the_same(commands: Commands, kept_project: Project) -> None:
    await commands.warm(kept_project)
    said = []
    for _ in range(2):
        kept_project.main.write_text("import sys\nprint('hello')\nsys.exit(f'no: {1 / 0}')")
        with pytest.raises(ProjectError) as caught:
            await commands.manifest(kept_project)
        said.append((str(caught.value), caught.value.details))
        wait_until_no_keeper(commands)
    assert said[0] == said[1]
    assert "main.py:3: ZeroDivisionError" in said[0][0]


def wait_until_no_keeper(commands: Commands) -> None:
    for file in commands.directory.iterdir():
        file.unlink()


async def test_an_endless_program_ends_with_its_deadline(commands: Commands, kept_project: Project) -> None:
    await commands.warm(kept_project)
    kept_project.main.write_text(
        "import os, subprocess, sys, pathlib\n"
        "child = subprocess.Popen(['sleep', '1000'])\n"
        "pathlib.Path('ids').write_text(f'{os.getpid()} {child.pid}')\n"
        "while True: pass"
    )
    ids = kept_project.directory / "ids"

    async def begun() -> bool:
        with pytest.raises(ProjectError, match="did not finish within"):
            await commands.manifest(kept_project, deadline=2)
        return ids.exists()

    await until(begun)
    for pid in ids.read_text().split():
        await until(lambda pid=pid: not Path(f"/proc/{pid}").exists(), "it has ended")
    kept_project.main.write_text(program("'again'"))
    await commands.warm(kept_project)


async def test_two_commands_at_once(commands: Commands, kept_project: Project) -> None:
    await commands.warm(kept_project)
    said: list[str] = []

    async def one() -> None:
        said.append(await commands.said(kept_project))

    async with anyio.create_task_group() as group:
        for _ in range(4):
            group.start_soon(one)
    assert {each.partition(": ")[2] for each in said} == {"one"}
    assert len(said) == 4


async def test_a_program_that_no_fork_survives(commands: Commands, kept_project: Project) -> None:
    await commands.warm(kept_project)
    kept_project.main.write_text(f"{HEAD}value = 'lives'\nif how == 'fork': os.kill(os.getpid(), 11)\n{TAIL}")

    async def given_up() -> bool:
        assert await commands.said(kept_project) == "fresh: lives"
        return not keepers(commands.directory)

    await until(given_up)
    assert await commands.said(kept_project) == "fresh: lives"
    assert not keepers(commands.directory)


async def test_a_project_that_takes_the_place_of_another(
    commands: Commands, kept_project: Project, tmp_path: Path
) -> None:
    other = load_project(tmp_path / "other", program("'two'")).directory
    await commands.warm(kept_project)
    here = kept_project.directory
    here.rename(tmp_path / "old")
    other.rename(here)
    assert (await commands.said(kept_project)).endswith(": two")
    await commands.warm(kept_project)
    await commands.forked(kept_project, "two")


async def test_no_secret_is_in_sight(
    commands: Commands, kept_project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOME_API_KEY", "hunter2hunter2")
    await commands.warm(kept_project)
    commandline = Path(f"/proc/{commands.keeper()}/cmdline").read_bytes()
    assert b"hunter2" not in commandline
    assert commands.directory.stat().st_mode & 0o777 == 0o700
    assert commands.sockets()[0].stat().st_mode & 0o777 == 0o600
    for file in commands.directory.glob("*.lock"):
        assert file.read_bytes() == b""


@pytest.mark.skipif(os.geteuid() != 0, reason="needs another user")
async def test_the_socket_of_another_user_is_not_used(commands: Commands, kept_project: Project) -> None:
    await commands.warm(kept_project)
    socket = commands.sockets()[0]
    os.kill(commands.keeper(), 9)
    await until(lambda: not keepers(commands.directory))
    impostor = (
        "import os, socket, sys\n"
        "place = socket.socket(socket.AF_UNIX); place.bind(sys.argv[1]); os.setuid(65534); place.listen()\n"
        "print('ready', flush=True)\n"
        "print('GOT IT' * len(place.accept()[0].recv(1)), end='', flush=True); sys.stdin.read()"
    )
    socket.unlink()
    with started(impostor, socket) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        manifest = await commands.manifest(kept_project)
        assert instructions(manifest).startswith("fresh")
        assert process.communicate()[0] == b""
