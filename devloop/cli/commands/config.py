"""The commands `stigmer config …`."""

from __future__ import annotations

from typing import Annotated

import typer

from devloop.cli.schemas import Schema
from devloop.cli.text_command import TextCommand

app = typer.Typer(help="Files that you write, and what they may say.", no_args_is_help=True)


@app.command(cls=TextCommand)
def schema(
    of: Annotated[
        Schema,
        typer.Argument(
            metavar="project|script|config|events", help="Stigmer.yaml; a script; config.yaml; -o json."
        ),
    ],
) -> None:
    """Print a JSON Schema, for editors and for programs."""
    from devloop.cli.schemas import show_schema

    raise typer.Exit(show_schema(of))
