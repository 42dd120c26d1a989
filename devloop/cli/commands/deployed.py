"""The commands `stigmer list`, `show` and `delete`."""

from __future__ import annotations

from typing import Annotated

import typer

from devloop.cli.common_options import Org, Server, Shown, Yes
from devloop.cli.options import with_options
from devloop.render.output import Output

LIST_EXAMPLES = """\b
Examples:
  stigmer list                            agents and workflows
  stigmer list --kind skill,environment   of other kinds: agent-instance, workflow-instance,
                                          mcp-server, session; or all
  stigmer list -o json | jq .name
"""
SHOW_EXAMPLES = """\b
Examples:
  stigmer show reviewer                   instructions, tools, variables
  stigmer show agent:host                 where a workflow has the same name
  stigmer show reviewer -o yaml           a file that `stigmer run -f` takes
"""
DELETE_EXAMPLES = """\b
Examples:
  stigmer delete reviewer                 asks first
  stigmer delete agt-01m8f7 week-report --yes
  stigmer delete production --kind environment
"""

Kind = Annotated[str, typer.Option("--kind", "-k", metavar="KIND", help="Only look among these.")]


@with_options
def list_deployed(
    kind: Annotated[
        list[str] | None,
        typer.Option(
            "--kind", "-k", metavar="KIND,…", help="Of these kinds. Repeatable. [default: agent,workflow]"
        ),
    ] = None,
    name: Annotated[
        str, typer.Option("--name", metavar="TEXT", help="Only those with this in their name.")
    ] = "",
    org: Org = "",
    server: Server = "",
    output: Shown = Output.AUTO,
) -> None:
    """List what is deployed."""
    from devloop.cli.deployed.listing import show_list

    raise typer.Exit(show_list(kind or (), name=name, org=org, server=server, output=output))


@with_options
def show(
    name: Annotated[
        str, typer.Argument(metavar="NAME_OR_ID", help="A name, an ID or the beginning of one, or kind:name.")
    ],
    kind: Kind = "",
    org: Org = "",
    server: Server = "",
    output: Annotated[
        str,
        typer.Option("--output", "-o", metavar="FORM", help="auto, plain, yaml, json or quiet (its ID)."),
    ] = "auto",
) -> None:
    """Show the definition of an agent, a workflow or another resource."""
    from devloop.cli.deployed.showing import DefinitionForm
    from devloop.cli.deployed.showing import show as perform

    try:
        form = DefinitionForm(output)
    except ValueError as error:
        forms = ", ".join(each.value for each in DefinitionForm)
        raise typer.BadParameter(f"{output!r} is not one of {forms}", param_hint="--output") from error
    raise typer.Exit(perform(name, kind=kind, org=org, server=server, form=form))


@with_options
def delete(
    names: Annotated[
        list[str],
        typer.Argument(metavar="NAME_OR_ID...", help="Names, IDs or beginnings of some, or kind:name."),
    ],
    kind: Kind = "",
    yes: Yes = False,
    org: Org = "",
    server: Server = "",
) -> None:
    """Delete agents, workflows or other resources.

    What is at work is not deleted. Executions that have ended stay in the list.
    """
    from devloop.cli.deployed.deleting import delete as perform

    raise typer.Exit(perform(names, kind=kind, yes=yes, org=org, server=server))
