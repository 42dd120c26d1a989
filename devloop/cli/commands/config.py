"""The commands `stigmer config …`."""

from __future__ import annotations

from typing import Annotated

import typer

from devloop.cli.common_options import Shown
from devloop.cli.options import with_options
from devloop.cli.schemas import Schema
from devloop.cli.text_command import TextCommand
from devloop.render.output import Output

app = typer.Typer(
    help="Settings for all your projects, in ~/.stigmer/config.yaml.",
    no_args_is_help=True,
)

SET_EXAMPLES = """\b
Examples:
  stigmer config set llm.provider anthropic      as backend.local.llm.provider
  stigmer config set llm.api_key                 asks, without showing it
  stigmer config set keep.days 30
  stigmer config set trust /srv/team/* ~/others  a list has all its values at once
"""

Name = Annotated[str, typer.Argument(metavar="KEY", help="As `stigmer config list --all` shows it.")]


@app.command(cls=TextCommand)
@with_options
def get(
    key: Name,
    reveal: Annotated[
        bool, typer.Option("--show-secret", help="Show an API key or a token, instead of hiding it.")
    ] = False,
    output: Shown = Output.AUTO,
) -> None:
    """Show a setting, or a block of them; the exit status is 1 if it is not set."""
    from devloop.cli.settings import perform

    raise typer.Exit(perform.get(key, output, reveal=reveal))


@app.command(cls=TextCommand, name="set", epilog=SET_EXAMPLES)
def set_value(
    key: Name,
    value: Annotated[
        list[str] | None,
        typer.Argument(metavar="[VALUE]...", help="A secret's value may be left out: you are asked for it."),
    ] = None,
) -> None:
    """Change a setting; the comments of the file stay."""
    from devloop.cli.settings import perform

    raise typer.Exit(perform.set_value(key, value or []))


@app.command(cls=TextCommand)
def unset(key: Name) -> None:
    """Remove a setting, or a whole block: its default counts again."""
    from devloop.cli.settings import perform

    raise typer.Exit(perform.unset(key))


@app.command(cls=TextCommand, name="list")
@with_options
def list_settings(
    everything: Annotated[
        bool, typer.Option("--all", help="Also what is not set, with its default.")
    ] = False,
    output: Shown = Output.AUTO,
) -> None:
    """List what is set, and where; secrets are hidden."""
    from devloop.cli.settings import perform

    raise typer.Exit(perform.show_list(output, everything=everything))


@app.command(cls=TextCommand)
def path() -> None:
    """Show the path of the file, whether it is there or not."""
    from devloop.cli.settings import perform

    raise typer.Exit(perform.show_path())


@app.command(cls=TextCommand)
def schema(
    of: Annotated[
        Schema,
        typer.Argument(
            metavar="project|script|config|events|report|manifest",
            help="Stigmer.yaml; a script; config.yaml; -o json; --report json; run -f.",
        ),
    ],
) -> None:
    """Print a JSON Schema, for editors and for programs."""
    from devloop.cli.schemas import show_schema

    raise typer.Exit(show_schema(of))
