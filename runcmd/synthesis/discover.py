"""What does this project declare, right now?"""

from __future__ import annotations

import os
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from runcmd.errors import ProjectError
from runcmd.events import Emit, SynthesisFinished, SynthesisStarted, TargetKind, Warned
from runcmd.interpreter import ACTIVE, lost_base, lost_environment, project_python
from runcmd.mistakes import in_order
from runcmd.project import Project, ProjectRuntime
from runcmd.synthesis.checks import mistakes_of
from runcmd.synthesis.failure import mistaken, program_error
from runcmd.synthesis.fresh import fresh_child
from runcmd.synthesis.interfaces import Finished, Synthesizer
from runcmd.synthesis.known_good import KnownGood
from runcmd.synthesis.live import LiveOutput, mentioned_if_slow
from runcmd.synthesis.manifest import Manifest, inputs_of, parse
from runcmd.synthesis.outside import outside_of
from runcmd.synthesis.scratch import open_scratch, written
from stigmer_api.facts import (
    ALLOW_ANNOTATION,
    MAIN_ANNOTATION,
    PATH_ANNOTATION,
    PROJECT_ANNOTATION,
    PYTHON_ANNOTATION,
)
from stigmer_api.manifest_files import ERROR
from stigmer_api.signals import signal_name

if TYPE_CHECKING:
    from runcmd.synthesis.golang.kept import GoBuild

TAIL_LINES = 40


async def discover(
    project: Project, emit: Emit, *, deadline: float = 60, synthesizer: Synthesizer | None = None
) -> Manifest:
    """What the project's program declares, and its files with manifests. Raises ProjectError."""
    if project.runtime is ProjectRuntime.FILES:
        found = Manifest(resources=(), dependencies={})
    else:
        found = await _discover_program(project, emit, deadline, synthesizer)
    if not project.manifests:
        return found
    from runcmd.synthesis.files.declared import with_files  # brings YAML and all messages

    return await with_files(found, project, emit)


async def _discover_program(
    project: Project, emit: Emit, deadline: float, synthesizer: Synthesizer | None
) -> Manifest:
    """Runs the program in a child process and reads what it declared."""
    if not project.main.is_file():
        raise ProjectError(
            f"{project.main} does not exist",
            code="E0301",
            hint=f"create it, or set `main` in {project.file}",
            facts={"file": str(project.main)},
        )
    if not os.access(project.main, os.R_OK):
        raise ProjectError(
            f"cannot read {project.main}: Permission denied",
            code="E0301",
            hint="make it readable: chmod u+r",
            facts={"file": str(project.main)},
        )
    if project.runtime is ProjectRuntime.PYTHON and (lost := lost_environment(project)):
        text = f"{ACTIVE} names {lost}, which is not there: {project.main.name} runs with {sys.executable}"
        await emit(Warned(text=text, hint="leave it: deactivate, or unset VIRTUAL_ENV"))
    await emit(SynthesisStarted(main=project.main))
    start = time.monotonic()
    output = LiveOutput(emit)
    async with open_scratch() as out:
        async with mentioned_if_slow(project.main, emit):
            finished, go = await _run(project, out, deadline, synthesizer or fresh_child, output)
        files = await written(out)
    echoed = await output.ended(well=not finished.status or ERROR in files)
    _check_end(project, finished, files, deadline, echoed=echoed)
    manifest = parse(files, _annotations(project))
    if go is not None:
        manifest = replace(manifest, inputs=(*manifest.inputs, *go.files), remarks=_remarks(go, project))
    if not manifest.resources:
        skills = sum(name.startswith("skill-") for name in files)
        raise ProjectError(
            f"{project.main.name} declares no agent and no workflow" + (", only skills" if skills else ""),
            code="E0306",
            hint="skills are not deployed with a project: stigmer skill push DIRECTORY"
            if skills
            else "declare one with Agent(…) or Workflow(…) at the top level of the program",
        )
    await emit(
        SynthesisFinished(
            agents=manifest.count(TargetKind.AGENT),
            workflows=manifest.count(TargetKind.WORKFLOW),
            seconds=time.monotonic() - start,
        )
    )
    return manifest


async def _run(
    project: Project, out: Path, deadline: float, synthesizer: Synthesizer, output: LiveOutput
) -> tuple[Finished, GoBuild | None]:
    if project.runtime is ProjectRuntime.PYTHON:
        return await synthesizer(project, out, deadline, output), None
    from runcmd.synthesis.golang.program import run_go

    return await run_go(project, out, deadline, output)


def _check_end(
    project: Project, finished: Finished, files: dict[str, bytes], deadline: float, *, echoed: bool
) -> None:
    """`echoed`: what it wrote was emitted already."""
    main = project.main.name
    details = _tail(finished.stderr or finished.stdout)
    if finished.timed_out:
        raise ProjectError(
            f"{main} did not finish within {deadline:g} s",
            code="E0305",
            hint="it should only declare agents and workflows: put the work into their tasks",
            details=details,
            echoed=echoed,
        )
    found = mistakes_of(files, KnownGood())
    if ERROR in files:
        failed = program_error(project, files[ERROR], found)
        failed.outside = outside_of(inputs_of(files))
        raise failed
    if not finished.status:
        if found:
            failed = mistaken(project, in_order(found))
            failed.outside = outside_of(inputs_of(files))
            raise failed
        return
    if project.runtime is ProjectRuntime.PYTHON:
        if lost := lost_base(project_python(project), project):
            raise lost
        if "No module named 'stigmer" in finished.stderr:
            raise _no_sdk(project_python(project), project)
    if finished.status < 0:
        raise ProjectError(
            f"{main} was killed by {signal_name(-finished.status)}",
            code="E0304",
            details=details,
            echoed=echoed,
        )
    raise ProjectError(
        f"{main} ended with exit status {finished.status}",
        code="E0303",
        hint="it must end with status 0",
        details=details,
        echoed=echoed,
    )


def _no_sdk(python: Path, project: Project) -> ProjectError:
    return ProjectError(
        f"{python} cannot import stigmer",
        code="E0307",
        hint=f"install it there: {python} -m pip install stigmer-devloop (or set `python` in {project.file})",
    )


def _annotations(project: Project) -> dict[str, str]:
    facts = {PROJECT_ANNOTATION: str(project.directory), MAIN_ANNOTATION: str(project.main)}
    if project.allow:
        facts[ALLOW_ANNOTATION] = ",".join(project.allow)
    if project.runtime is ProjectRuntime.PYTHON:
        facts[PYTHON_ANNOTATION] = str(project_python(project))
        if path := os.environ.get("PYTHONPATH"):
            # The backend does not have it; relative to where the program runs.
            places = (os.path.normpath(project.main.parent / each) for each in path.split(os.pathsep))
            facts[PATH_ANNOTATION] = os.pathsep.join(places)
    return facts


def _remarks(go: GoBuild, project: Project) -> tuple[tuple[str, str], ...]:
    names = [os.path.relpath(each, project.directory) for each in go.files]
    folder = project.main.parent
    left_out = [(os.path.relpath(folder / name, project.directory), why) for name, why in go.left_out]
    return (*((name, "built into the Go program") for name in names), *left_out)


def _tail(text: str) -> list[str]:
    lines = text.rstrip().splitlines()
    return lines if len(lines) <= TAIL_LINES else ["…", *lines[-TAIL_LINES:]]
