"""The commands `stigmer mcp …`."""

from __future__ import annotations

from typing import Annotated

import typer

from devloop.cli.common_options import Shown
from devloop.cli.options import with_options
from devloop.cli.text_command import TextCommand
from devloop.render.output import Output

app = typer.Typer(help="Log in at MCP servers elsewhere, and out.", no_args_is_help=True)

Url = Annotated[str, typer.Argument(metavar="URL", help="The address of the server, as the agent has it.")]

LOGIN_EXAMPLES = """\b
Examples:
  stigmer mcp login https://mcp.example.com/mcp
  stigmer mcp login https://mcp.example.com/mcp --scope read --scope write
  stigmer mcp login https://mcp.example.com/mcp --no-browser --port 8765   over ssh -L 8765:localhost:8765
"""


@app.command(cls=TextCommand, epilog=LOGIN_EXAMPLES)
@with_options
def login(
    url: Url,
    scope: Annotated[
        list[str], typer.Option("--scope", metavar="SCOPE", help="What to ask for; again for more.")
    ] = [],  # noqa: B006 - Typer copies it
    client_id: Annotated[
        str,
        typer.Option(
            "--client-id",
            metavar="ID",
            help="A client that the server's operator registered; its secret is read from "
            "STIGMER_MCP_CLIENT_SECRET. [default: the server registers this one]",
        ),
    ] = "",
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Show the address, and open nothing.")
    ] = False,
    port: Annotated[
        int | None,
        typer.Option(
            "--port",
            metavar="PORT",
            min=1,
            max=65535,
            help="Where the browser comes back. [default: a free one]",
        ),
    ] = None,
    output: Shown = Output.AUTO,
) -> None:
    """Log in at an MCP server with OAuth, in the browser.

    The token is kept on this machine, encrypted, and renewed in time. The agents of the local backend use it
    from then on.
    """
    from devloop.cli.mcp.login import login as perform

    raise typer.Exit(perform(url, scope, client_id, port, output, browser=not no_browser))


@app.command(cls=TextCommand)
@with_options
def logout(url: Url, output: Shown = Output.AUTO) -> None:
    """Forget the login at an MCP server."""
    from devloop.cli.mcp.logins import logout as perform

    raise typer.Exit(perform(url, output))


@app.command(cls=TextCommand, name="list")
@with_options
def list_logins(output: Shown = Output.AUTO) -> None:
    """List the MCP servers at which there is a login."""
    from devloop.cli.mcp.logins import show_list

    raise typer.Exit(show_list(output))
