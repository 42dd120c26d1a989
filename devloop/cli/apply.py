"""`stigmer apply`: deploy what the project declares."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import anyio

from devloop.cli.connect import BackendChoice, choose_backend, open_connection, tokens
from devloop.cli.flags import ApplyFlags
from devloop.cli.project import find_project
from devloop.cli.show import show_failure, show_run
from devloop.cli.warm import WarmPlace
from devloop.render.choose import apply_renderer, masked
from devloop.render.renderer import Renderer
from devloop.terminal.job_control import stay_stoppable
from devloop.terminal.standard import narrate
from devloop.terminal.stream import standard_terminals
from runcmd.apply import open_apply
from runcmd.errors import RunError, UsageError
from runcmd.project import Project
from stigmer_api.config_file import config_file

if TYPE_CHECKING:
    from runcmd.deployed.ask import Stored


def apply(flags: ApplyFlags) -> int:
    """The exit status."""
    stay_stoppable()
    if flags.output.for_people:
        narrate()
    renderer = apply_renderer(flags.output, *standard_terminals())
    try:
        project = find_project(flags.project, trust=flags.trust)
        if project is None:
            raise UsageError(
                "No Stigmer.yaml found in current directory",
                code="E0201",
                hint="run this in a Stigmer project, or name one: stigmer apply -C DIRECTORY;"
                " to make one: stigmer new NAME",
            )
        backend = choose_backend(
            server=flags.server,
            org=flags.org,
            project_org=project.organization,
            environ=os.environ,
            config=config_file(),
        )
        renderer = masked(renderer, tokens(backend))
        warm = WarmPlace(project, backend, os.environ)
        return anyio.run(_apply, project, backend, renderer, flags, warm)
    except RunError as error:
        return show_failure(renderer, error)


async def _apply(
    project: Project, backend: BackendChoice, renderer: Renderer, flags: ApplyFlags, warm: WarmPlace
) -> int:
    async with (
        open_connection(backend) as connect,
        open_apply(
            project,
            connect,
            org=backend.org,
            dry_run=flags.dry_run,
            prune=partial(_agree, flags.yes) if flags.prune else None,
            synthesizer=warm.open(),
        ) as run,
    ):
        status = await show_run(run, renderer)
    renderer.close()
    warm.keep()
    return status


def _agree(yes: bool, doomed: Sequence[Stored]) -> None:
    """Raises RunError."""
    if yes:
        return
    from devloop.cli.confirm import confirm

    _, err = standard_terminals()
    err.line("The project no longer declares:")
    for each in doomed:
        err.line(f"  {each.line}")
    confirm("Deploy the project and delete that?", yes=yes, kept="nothing was changed")
