"""Commands that come and go, and the keeper of a warm process between them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from runcmd.events import Event
from runcmd.project import Project
from runcmd.synthesis.discover import discover
from runcmd.synthesis.forks.kept import Kept
from runcmd.synthesis.manifest import Manifest
from tests.support.paths import PYTHONPATH
from tests.support.poll import until
from tests.support.processes import alive
from tests.support.project import load_project

# It says whether it runs in a fork.
HEAD = """
import os
from stigmer import Agent
parent = open(f"/proc/{os.getppid()}/cmdline").read()
how = "fork" if "_fork.zygote" in parent else "fresh"
"""
TAIL = '\nAgent("helper", f"It ran as {how}: {value}")\n'
SECONDS = 60.0


class Commands:
    """Of one user, beside one daemon."""

    def __init__(self, directory: Path, daemon: subprocess.Popen[bytes]) -> None:
        self.directory = directory
        self.daemon = daemon
        self.seconds = SECONDS
        self.count = 0

    async def manifest(self, project: Project, deadline: float = 30) -> Manifest:
        """Of one command, which may leave a keeper behind."""
        kept = Kept(self.directory, project)
        self.count += 1
        try:
            return await discover(project, _ignore, deadline=deadline, synthesizer=kept)
        finally:
            kept.keep(self.daemon.pid, self.seconds)

    async def said(self, project: Project) -> str:
        """The instructions of the one agent."""
        return instructions(await self.manifest(project))

    async def warm(self, project: Project, how: str = "fork") -> None:
        """Until a command's program runs in a fork."""

        async def warm() -> bool:
            return (await self.said(project)).startswith(how)

        await until(warm, "a command uses the keeper")

    async def forked(self, project: Project, value: str) -> None:
        """Every command says this, and soon one in a fork: a keeper that is still busy refuses."""

        async def forked() -> bool:
            how, _, said = (await self.said(project)).partition(": ")
            assert said == value
            return how == "fork"

        await until(forked, "a command uses the keeper")

    def sockets(self) -> list[Path]:
        return sorted(self.directory.glob("*.sock"))

    def keeper(self) -> int:
        """The process id of the only one."""
        (found,) = keepers(self.directory)
        return found


def keepers(directory: Path) -> list[int]:
    """The living keepers with this place."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_bytes()
        except OSError:
            continue
        named = b"runcmd.synthesis.forks.keeper" in command and os.fsencode(directory) in command.split(b"\0")
        if named and alive(int(entry.name)):
            found.append(int(entry.name))
    return found


def instructions(manifest: Manifest) -> str:
    return manifest.resources[0].message.spec.instructions.removeprefix("It ran as ")  # type: ignore[union-attr]


def program(value: str) -> str:
    """Its agent says how it ran, and this."""
    return f"{HEAD}value = {value}{TAIL}"


def started(code: str, *arguments: str | Path) -> subprocess.Popen[bytes]:
    """A process of ours that runs this."""
    command = [sys.executable, "-c", code, *arguments]
    environ = os.environ | {"PYTHONPATH": PYTHONPATH}
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environ)


@pytest.fixture
async def commands(tmp_path: Path) -> AsyncIterator[Commands]:
    with started("import sys; sys.stdin.read()") as daemon:
        commands = Commands(tmp_path / "warm", daemon)
        yield commands
        daemon.kill()
        await until(lambda: not keepers(commands.directory), "no keeper is left")


@pytest.fixture
def kept_project(tmp_path: Path) -> Project:
    return load_project(tmp_path / "project", program("'one'"))


async def _ignore(event: Event) -> None: ...
