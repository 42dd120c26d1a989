"""The command `stigmer doctor`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from devloop.cli.common_options import Server, Shown, Trust
from devloop.cli.options import with_options
from devloop.render.output import Output


@with_options
def doctor(
    project: Annotated[
        Path | None,
        typer.Option("--project", "-C", metavar="DIR", help="Project directory. [default: here or above]"),
    ] = None,
    trust: Trust = False,
    server: Server = "",
    output: Shown = Output.AUTO,
) -> None:
    """Look for what keeps runs from working here, and say what to do about each.

    Looks at this installation, the project, the backend, models, MCP servers, what the watch loop needs, and
    the machine. The project's program is run and its MCP servers are started, but no model is asked and
    nothing is changed. The exit status is 1 if there is a problem.
    """
    from devloop.cli.doctor.examine import examine

    raise typer.Exit(examine(project, server, output, trust=trust))
