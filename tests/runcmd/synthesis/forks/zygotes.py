"""A zygote for a project, and libraries for its program."""

from __future__ import annotations

import logging
import os
import textwrap
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from runcmd.events import Event
from runcmd.project import Project
from runcmd.synthesis.discover import discover
from runcmd.synthesis.forks.zygote import Zygote, open_zygote
from runcmd.synthesis.manifest import Manifest
from tests.support.poll import until
from tests.support.project import load_project

AGENT = "from stigmer import Agent\nAgent('helper', 'Help whoever asks.')\n"


REPLY = """
import os
from stigmer import Agent
import {module} as found
Agent("helper", f"It says: {{found.VALUE}}")
"""


@pytest.fixture
def agent_project(tmp_path: Path) -> Project:
    return load_project(tmp_path / "project", AGENT)


@pytest.fixture
async def zygote(agent_project: Project) -> AsyncIterator[Zygote]:
    async with open_zygote(agent_project) as zygote:
        yield zygote


Count = Callable[[], int]


@pytest.fixture
def forks(caplog: pytest.LogCaptureFixture) -> Count:
    """How many syntheses needed no fresh child, in this test."""
    caplog.set_level(logging.DEBUG, "runcmd.synthesis.forks.zygote")
    return lambda: sum(record.message == "ran in a fork" for record in caplog.records)


class Library:
    """An environment with packages of our making in it."""

    def __init__(self, directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.directory = directory
        directory.mkdir(parents=True)
        path = os.pathsep.join(filter(None, [str(directory), os.environ.get("PYTHONPATH")]))
        monkeypatch.setenv("PYTHONPATH", path)

    def install(self, name: str, text: str) -> Path:
        file = self.directory / f"{name}.py"
        file.write_text(textwrap.dedent(text))
        return file


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Library:
    return Library(tmp_path / "env/site-packages", monkeypatch)


async def discovered(project: Project, zygote: Zygote, deadline: float = 30) -> Manifest:
    async def ignore(event: Event) -> None: ...

    return await discover(project, ignore, deadline=deadline, synthesizer=zygote)


async def said(project: Project, zygote: Zygote) -> str:
    """The instructions of the one agent."""
    manifest = await discovered(project, zygote)
    return manifest.resources[0].message.spec.instructions  # type: ignore[union-attr]


async def preloaded(zygote: Zygote, module: str) -> None:
    """Until the next synthesis would have it."""
    await until(lambda: module in {name for name, _ in getattr(zygote._next, "preloaded", ())})


def processes(parent: int | None = None) -> dict[int, list[str]]:
    """The living children, ours by default, by number."""
    found = {}
    for path in Path("/proc").glob("[0-9]*"):
        try:
            stat = (path / "stat").read_text().rpartition(")")[2].split()
            command = (path / "cmdline").read_text(errors="replace").split("\0")
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(stat[1]) == (parent or os.getpid()) and stat[0] != "Z":
            found[int(path.name)] = command
    return found


def number_of(zygote: Zygote) -> int:
    assert zygote._warm is not None
    return zygote._warm._process.pid
