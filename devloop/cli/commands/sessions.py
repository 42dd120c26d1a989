"""The commands `stigmer session …`."""

from __future__ import annotations

from typing import Annotated

import typer

from devloop.cli.common_options import Server, Shown
from devloop.cli.options import with_options
from devloop.cli.text_command import TextCommand
from devloop.render.output import Output

app = typer.Typer(help="List, show and delete conversations with agents.", no_args_is_help=True)

WHICH = "A session's id, the beginning of one, or last."
EXAMPLES = """\b
Examples:
  stigmer session list                 the newest conversations
  stigmer session show last            all that was said and done in the last one
  stigmer session show last -o json    the same as one JSON object
  stigmer run -i --session last        go on with it
"""


@app.command(cls=TextCommand, name="list", epilog=EXAMPLES)
@with_options
def list_sessions(
    count: Annotated[
        int, typer.Option("--count", "-n", metavar="N", min=1, max=1000, help="Show at most N.")
    ] = 20,
    every: Annotated[
        bool, typer.Option("--all", help="Also those in which only workflows talk to agents.")
    ] = False,
    server: Server = "",
    output: Shown = Output.AUTO,
) -> None:
    """List conversations, newest first."""
    from devloop.cli import sessions

    raise typer.Exit(sessions.show_list(count, every, server, output))


@app.command(cls=TextCommand, name="show")
@with_options
def show_session(
    session: Annotated[str, typer.Argument(metavar="ID", help=WHICH)],
    server: Server = "",
    output: Shown = Output.AUTO,
) -> None:
    """Show a conversation: what was said, and what the agent did."""
    from devloop.cli import sessions

    raise typer.Exit(sessions.show(session, server, output))


@app.command(cls=TextCommand, name="delete")
@with_options
def delete_sessions(
    sessions: Annotated[list[str], typer.Argument(metavar="ID...", help=WHICH)],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    server: Server = "",
) -> None:
    """Delete conversations and the executions in them; one that runs is cancelled first."""
    from devloop.cli.sessions import delete

    raise typer.Exit(delete(sessions, yes=yes, server=server))
