"""The command `stigmer new`."""

from __future__ import annotations

from typing import Annotated

import typer

from devloop.cli.choices import TemplateChoice

EXAMPLES = """\b
Examples:
  stigmer new shop                      a project in the new directory shop
  stigmer new shop --template workflow  one that shows many kinds of tasks
  stigmer new                           in this directory, if it is empty

\b
Templates:
  basic     an agent, and a workflow that asks it
  agent     an agent with instructions, a memory, a variable and a sub-agent
  workflow  a loop, branches, a choice, an error that is caught, a function, an agent
  mcp       an agent whose tools are Python functions, in an MCP server of the project
  tools     Python functions that an agent calls as tools, and a workflow as its steps
"""


def new(
    name: Annotated[
        str, typer.Argument(metavar="[NAME]", help="Its name, or the path of its directory. [default: here]")
    ] = "",
    template: Annotated[
        TemplateChoice, typer.Option("--template", "-t", help="What it begins with.")
    ] = TemplateChoice.BASIC,
) -> None:
    """Make a project that runs as it is, offline.

    It has a program, scripts that answer for its agents, a test, and notes for people and for coding agents.
    A directory that is not empty is left alone.
    """
    from devloop.cli.new.new import new as perform

    raise typer.Exit(perform(name, template))
