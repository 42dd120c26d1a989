"""The commands `stigmer skill …`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from devloop.cli.common_options import Org, Server, Shown
from devloop.cli.options import with_options
from devloop.cli.text_command import TextCommand
from devloop.render.output import Output

app = typer.Typer(help="Push skills for agents, and list them.", no_args_is_help=True)

PUSH_EXAMPLES = """\b
Examples:
  stigmer skill push skills/reviewing             the directory has a SKILL.md
  stigmer skill push skills/reviewing --dry-run   show what would be packed, and what not
  stigmer skill push . --tag v2
"""


@app.command(cls=TextCommand, epilog=PUSH_EXAMPLES)
@with_options
def push(
    directory: Annotated[
        Path, typer.Argument(metavar="[DIR]", help="The skill's directory. [default: this one]")
    ] = Path(),
    tag: Annotated[str, typer.Option("--tag", metavar="TAG", help="A name for this version.")] = "latest",
    name: Annotated[
        str, typer.Option("--name", metavar="NAME", help="Its name. [default: that of the directory]")
    ] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be pushed.")] = False,
    org: Org = "",
    server: Server = "",
    output: Shown = Output.AUTO,
) -> None:
    """Pack a directory with a SKILL.md and push it.

    Files that git ignores, secrets (.env) and what tools leave behind stay out. The same files are the same
    version.
    """
    from devloop.cli.skill.push import push as perform

    raise typer.Exit(perform(directory, name, tag, org, server, output, dry_run=dry_run))


@app.command(cls=TextCommand, name="list")
@with_options
def list_skills(org: Org = "", server: Server = "", output: Shown = Output.AUTO) -> None:
    """List the skills that were pushed, with their newest versions."""
    from devloop.cli.skill.listing import show_list

    raise typer.Exit(show_list(org, server, output))
