"""`stigmer graph`: which picture, in which language, to where."""

from __future__ import annotations

import difflib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio

from devloop.cli.choices import Language
from devloop.cli.graph.picture import Frame
from devloop.cli.project import find_project
from devloop.render.errors import error_block
from devloop.terminal.standard import narrate
from devloop.terminal.stream import standard_terminals
from runcmd.errors import EXIT_OK, RunError, TargetError, UsageError
from runcmd.events import Event, TargetKind
from runcmd.project import Project
from runcmd.resolve import as_id
from runcmd.synthesis.discover import discover
from runcmd.synthesis.manifest import Manifest
from stigmer_api.config_file import config_file
from stigmer_api.slugs import sdk_slug, server_slug

if TYPE_CHECKING:
    from stigmerd.workflow.model import Workflow


ENDINGS = {".svg": Language.SVG, ".dot": Language.DOT, ".gv": Language.DOT, ".mmd": Language.MERMAID}


def graph(
    name: str,
    language: Language | None,
    file: Path | None,
    project: Path | None,
    server: str,
    *,
    trust: bool,
    deployed: bool,
) -> int:
    """Draws it. The exit status."""
    out, err = standard_terminals()
    try:
        text = _written(
            _picture(name, project, server, trust=trust, deployed=deployed), _language(language, file)
        )
        if file is None or str(file) == "-":
            for line in text.splitlines():
                out.record(line)
        else:
            narrate()
            _save(file, text)
            out.good(f"{file} is written")
        out.flush()
    except RunError as error:
        error_block(err, error.message, error.hint, error.details, code=error.code)
        return error.exit_code
    return EXIT_OK


def _language(given: Language | None, file: Path | None) -> Language:
    if given is not None or file is None:
        return given or Language.MERMAID
    return ENDINGS.get(file.suffix.lower(), Language.MERMAID)


def _written(picture: Frame, language: Language) -> str:
    match language:
        case Language.SVG:
            from devloop.cli.graph.svg import svg

            return svg(picture)
        case Language.DOT:
            from devloop.cli.graph.dot import dot

            return dot(picture)
        case Language.MERMAID:
            from devloop.cli.graph.mermaid import mermaid

            return mermaid(picture)


def _save(file: Path, text: str) -> None:
    try:
        file.write_text(text, "utf-8")
    except OSError as error:
        raise UsageError(
            f"cannot write {file}: {error.strerror}", code="E0160", hint="name another file with --output"
        ) from error


def _picture(name: str, given: Path | None, server: str, *, trust: bool, deployed: bool) -> Frame:
    project = None if deployed else find_project(given, trust=trust)
    if project is not None:
        return _of_project(project, anyio.run(_discovered, project), name)
    if not name:
        raise UsageError(
            "no Stigmer.yaml found here, and no name was given",
            code="E0201",
            hint="run this in a project, or name what is deployed: stigmer graph NAME",
        )
    return anyio.run(_of_backend, name, server)


async def _discovered(project: Project) -> Manifest:
    async def ignore(_event: Event) -> None:
        pass

    return await discover(project, ignore)


def _of_project(project: Project, manifest: Manifest, name: str) -> Frame:
    if not name:
        from devloop.cli.graph.of_project import project_picture

        agents: list[Any] = [each.message for each in manifest.resources if each.kind is TargetKind.AGENT]
        flows = [each for each in manifest.resources if each.kind is TargetKind.WORKFLOW]
        tasks = {each.slug: (each.name, _parsed(each.message).tasks) for each in flows}
        return project_picture(project.name, agents, tasks)
    slugs = {sdk_slug(name), server_slug(name), name}
    for kind in (TargetKind.WORKFLOW, TargetKind.AGENT):
        for each in manifest.resources:
            if each.kind is kind and (each.slug in slugs or each.name == name):
                return _one(kind, each.message)
    names = [each.name for each in manifest.resources]
    near = difflib.get_close_matches(name, names, n=1)
    raise TargetError(
        f'{project.name} declares no agent and no workflow called "{name}"',
        code="E0601",
        hint=f'did you mean "{near[0]}"?' if near else f"it declares: {', '.join(names)}",
    )


async def _of_backend(name: str, server: str) -> Frame:
    from devloop.cli.connect import choose_backend
    from devloop.cli.opened import opened
    from runcmd.backend.refusals import NotFoundError

    choice = choose_backend(server=server, environ=os.environ, config=config_file(), needs_org=False)
    by_id = as_id(name)
    async with opened(choice) as backend:
        for kind in (TargetKind.WORKFLOW, TargetKind.AGENT):
            try:
                if by_id is None:
                    return _one(kind, await backend.by_reference(kind, server_slug(name), choice.org))
                if by_id.kind is kind:
                    return _one(kind, await backend.get(kind, by_id.ids[-1]))
            except NotFoundError:
                continue
    raise TargetError(
        f'the backend has no agent and no workflow called "{name}"',
        code="E0601",
        hint="deploy it first: stigmer apply, in its project",
    )


def _one(kind: TargetKind, message: Any) -> Frame:
    if kind is TargetKind.AGENT:
        from devloop.cli.graph.of_project import agent_picture

        return agent_picture(message)
    from devloop.cli.graph.of_workflow import picture_of

    return picture_of(message.metadata.name, _parsed(message).tasks)


def _parsed(message: Any) -> Workflow:
    from google.protobuf.json_format import MessageToDict

    from stigmerd.workflow.parse import BadWorkflow, parse

    try:
        return parse(MessageToDict(message))
    except BadWorkflow as error:
        raise TargetError(
            f"{message.metadata.name} cannot be drawn: {error}", code="E0309", hint="correct that task"
        ) from error
