"""The command `stigmer graph`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from devloop.cli.choices import Language
from devloop.cli.common_options import Server, Trust
from devloop.cli.options import with_options

EXAMPLES = """\b
Examples:
  stigmer graph                        the project: who calls whom, as Mermaid
  stigmer graph week-report            a workflow, with its branches and loops
  stigmer graph week-report -o week.svg
  stigmer graph reviewer --format dot | dot -Tpng > reviewer.png
"""


@with_options
def graph(
    name_or_id: Annotated[
        str, typer.Argument(metavar="[NAME_OR_ID]", help="An agent or a workflow; without it, the project.")
    ] = "",
    language: Annotated[
        Language | None,
        typer.Option("--format", help="[default: by the name of the file, else mermaid]"),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Write to this file: .svg, .dot or .mmd."),
    ] = None,
    project: Annotated[
        Path | None,
        typer.Option("--project", "-C", metavar="DIR", help="Project directory. [default: here or above]"),
    ] = None,
    deployed: Annotated[
        bool, typer.Option("--deployed", help="As it is deployed, without looking at the project's code.")
    ] = False,
    trust: Trust = False,
    server: Server = "",
) -> None:
    """Draw a workflow, an agent with its tools and sub-agents, or the whole project."""
    from devloop.cli.graph.perform import graph as perform

    raise typer.Exit(perform(name_or_id, language, output, project, server, trust=trust, deployed=deployed))
