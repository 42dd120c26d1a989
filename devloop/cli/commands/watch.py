"""The commands `stigmer watch …`."""

from __future__ import annotations

import typer

from devloop.cli.flags import SteerFlags, SteerRunFlags
from devloop.cli.options import options_of
from devloop.cli.text_command import TextCommand

app = typer.Typer(
    help="Steer the watch loop (stigmer run --watch) that runs in another terminal or program.",
    no_args_is_help=True,
)


@app.command(name="run", cls=TextCommand)
@options_of(SteerRunFlags)
def watch_run(flags: SteerRunFlags) -> None:
    """Start a run, with the files as they are now; with --wait, show what comes of it.

    Without --wait the command returns at once; the exit status with --wait is that of the run.
    """
    from devloop.cli.steer import run

    raise typer.Exit(run(flags))


@app.command(name="status", cls=TextCommand)
@options_of(SteerFlags)
def watch_status(flags: SteerFlags) -> None:
    """Show the watch loops of this project, or all of them; the exit status is 1 if there is none."""
    from devloop.cli.steer import status

    raise typer.Exit(status(flags))


@app.command(name="pause", cls=TextCommand)
@options_of(SteerFlags)
def watch_pause(flags: SteerFlags) -> None:
    """Changes start no runs from now on."""
    from devloop.cli.steer import pause

    raise typer.Exit(pause(flags))


@app.command(name="resume", cls=TextCommand)
@options_of(SteerFlags)
def watch_resume(flags: SteerFlags) -> None:
    """Changes start runs again; what changed meanwhile runs now."""
    from devloop.cli.steer import resume

    raise typer.Exit(resume(flags))


@app.command(name="cancel", cls=TextCommand)
@options_of(SteerFlags)
def watch_cancel(flags: SteerFlags) -> None:
    """Cancel what runs; the loop goes on."""
    from devloop.cli.steer import cancel

    raise typer.Exit(cancel(flags))


@app.command(name="stop", cls=TextCommand)
@options_of(SteerFlags)
def watch_stop(flags: SteerFlags) -> None:
    """End the loop: it cancels what runs and waits for the confirmation."""
    from devloop.cli.steer import stop

    raise typer.Exit(stop(flags))
