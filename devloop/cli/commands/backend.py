"""The commands `stigmer backend …`."""

from __future__ import annotations

from typing import Annotated

import typer

from devloop.cli.common_options import Server, Shown
from devloop.cli.options import with_options
from devloop.cli.text_command import TextCommand
from devloop.render.output import Output

app = typer.Typer(help="See and choose the backend that runs use.", no_args_is_help=True)
choose = typer.Typer(help="Choose the backend for all runs, in ~/.stigmer/config.yaml.", no_args_is_help=True)
app.add_typer(choose, name="set")

CLOUD_EXAMPLES = """\b
Examples:
  stigmer backend set cloud                            asks for your token, without showing it
  stigmer backend set cloud --endpoint stigmer.example.com:443 --org team
  pass show stigmer | stigmer backend set cloud --token-file -
"""


@app.command(cls=TextCommand)
@with_options
def status(server: Server = "", output: Shown = Output.AUTO) -> None:
    """Show which backend a run would use here, why, whether it answers, and what it can do.

    The exit status is 4 if it does not answer. A local backend that does not run is no error: a run
    starts it.
    """
    from devloop.cli.backend.status import status as perform

    raise typer.Exit(perform(server, output))


@choose.command(cls=TextCommand)
def local() -> None:
    """Use the backend that is included, in the background of this machine."""
    from devloop.cli.backend.choose import set_local

    raise typer.Exit(set_local())


@choose.command(cls=TextCommand, epilog=CLOUD_EXAMPLES)
def cloud(
    endpoint: Annotated[
        str, typer.Option("--endpoint", metavar="HOST:PORT", help="Its address. [default: as it was]")
    ] = "",
    org: Annotated[str, typer.Option("--org", metavar="ORG", help="Your organization there.")] = "",
    token_file: Annotated[
        str,
        typer.Option(
            "--token-file", metavar="PATH", help="Read the token from this file; - reads standard input."
        ),
    ] = "",
    token: Annotated[
        str, typer.Option("--token", metavar="TOKEN", help="The token; better leave it out: you are asked.")
    ] = "",
) -> None:
    """Use a remote Stigmer, with TLS and a token."""
    from devloop.cli.backend.choose import set_cloud

    raise typer.Exit(set_cloud(endpoint, org, token, token_file))
