"""The commands `stigmer server …`."""

from __future__ import annotations

from typing import Annotated

import typer

from devloop.cli.text_command import TextCommand

app = typer.Typer(help="Manage the local backend, a background process.", no_args_is_help=True)


@app.command(cls=TextCommand)
def start(
    listen: Annotated[
        list[str] | None,
        typer.Option(
            "--listen", metavar="HOST:PORT", help="Also listen on this address, with a token. Repeatable."
        ),
    ] = None,
    open_to_all: Annotated[
        bool,
        typer.Option(
            "--no-auth", help="Require no token; loopback only. Every local user can then run code as you."
        ),
    ] = False,
    allow_user: Annotated[
        list[str] | None,
        typer.Option(
            "--allow-user",
            metavar="NAME",
            help="Let this local user connect by a socket; they can run code as you. Repeatable.",
        ),
    ] = None,
    foreground: Annotated[
        bool, typer.Option("--foreground", help="Stay in the foreground and show the log; for containers.")
    ] = False,
) -> None:
    """Start the local backend and keep it running until you stop it."""
    from devloop.cli import server
    from devloop.cli.access import Access

    access = Access(tuple(listen or ()), open_to_all=open_to_all, users=tuple(allow_user or ()))
    raise typer.Exit(server.start(access, foreground=foreground))


@app.command(cls=TextCommand)
def stop() -> None:
    """Stop the local backend; its executions continue when it starts again."""
    from devloop.cli import server

    raise typer.Exit(server.stop())


@app.command(cls=TextCommand)
def status() -> None:
    """Show whether the local backend is running; the exit status is 1 if it is not."""
    from devloop.cli import server

    raise typer.Exit(server.status())


@app.command(cls=TextCommand)
def logs(
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Keep showing new lines.")] = False,
    lines: Annotated[
        int, typer.Option("--tail", "-n", metavar="N", min=0, help="Number of lines to start with.")
    ] = 50,
) -> None:
    """Show the log of the local backend."""
    from devloop.cli import server

    raise typer.Exit(server.logs(lines, follow=follow))
