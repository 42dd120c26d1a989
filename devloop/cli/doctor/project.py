"""Can this project be synthesised?"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import anyio

from devloop.cli import dotenv
from devloop.cli.doctor.finding import Finding, doubtful, failed, good
from devloop.cli.project import find_file, open_project
from runcmd.errors import RunError
from runcmd.events import Event, TargetKind
from runcmd.interpreter import project_python
from runcmd.project import Project, ProjectRuntime
from runcmd.synthesis.discover import discover
from runcmd.synthesis.manifest import Manifest

AREA = "project"
SYNTHESIS_SECONDS = 60


class Looked:
    """A project as far as it could be read."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.project: Project | None = None
        self.manifest: Manifest | None = None


def look_at(given: Path | None, *, trust: bool) -> Looked:
    """Stigmer.yaml, its variables, its interpreter and its program, which is run."""
    looked = Looked()
    looked.findings += _look(looked, given, trust)
    return looked


def _look(looked: Looked, given: Path | None, trust: bool) -> Iterator[Finding]:
    try:
        file = find_file(given)
        if file is None:
            yield doubtful(
                AREA,
                "there is none here: no Stigmer.yaml in this directory or above",
                "go to your project, name it with -C, or begin one: stigmer new",
            )
            return
        project = looked.project = open_project(file, trust=trust)
    except RunError as error:
        yield failed(AREA, error)
        return
    yield good(AREA, f"{file}: {project.name} ({project.runtime.value})")
    yield from _variables(project)
    if project.runtime is ProjectRuntime.PYTHON:
        yield good(AREA, f"its program runs with {project_python(project)}")
    try:
        looked.manifest = anyio.run(_discovered, project)
    except RunError as error:
        yield failed(AREA, error)
        return
    yield good(AREA, f"{project.main.name} declares {_counted(looked.manifest)}")


def _variables(project: Project) -> Iterator[Finding]:
    if project.run.env_file is None:
        return
    try:
        found = dotenv.read(project.run.env_file, os.environ)
    except RunError as error:
        yield failed(AREA, error)
        return
    yield good(AREA, f"{project.run.env_file.name} sets {len(found)} variables")
    if project.run.env_file.stat().st_mode & 0o004 and any(each.secret for each in found):
        yield doubtful(
            AREA,
            f"{project.run.env_file} has secrets, and every user of this machine can read it",
            f"chmod 600 {project.run.env_file}",
        )


async def _discovered(project: Project) -> Manifest:
    async def ignore(_event: Event) -> None:
        pass

    return await discover(project, ignore, deadline=SYNTHESIS_SECONDS)


def _counted(manifest: Manifest) -> str:
    parts: Sequence[tuple[int, str]] = [
        (manifest.count(TargetKind.AGENT), "agent"),
        (manifest.count(TargetKind.WORKFLOW), "workflow"),
    ]
    return ", ".join(f"{count} {noun}{'' if count == 1 else 's'}" for count, noun in parts)
