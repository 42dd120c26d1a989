"""The commands of `stigmer`, with their flags and their help."""

from __future__ import annotations

from typing import Annotated

import typer

from devloop.cli.direct import perform_apply, perform_run
from devloop.cli.flags import (
    ApplyFlags,
    Execution,
    Server,
    Shown,
    SteerFlags,
    SteerRunFlags,
    Verbose,
    WatchFlags,
)
from devloop.cli.options import options_of, with_options
from devloop.cli.schemas import Schema
from devloop.cli.text_command import TextCommand
from devloop.cli.version import line
from devloop.render.output import Output

app = typer.Typer(
    name="stigmer",
    help="Define AI agents and workflows in Python, run them, see everything.",
    epilog="Start with: stigmer run",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
server_app = typer.Typer(help="Manage the local backend, a background process.", no_args_is_help=True)
executions_app = typer.Typer(
    help="List, show, follow, signal, cancel and delete executions.", no_args_is_help=True
)
watch_app = typer.Typer(
    help="Steer the watch loop (stigmer run --watch) that runs in another terminal or program.",
    no_args_is_help=True,
)
config_app = typer.Typer(help="Files that you write, and what they may say.", no_args_is_help=True)
app.add_typer(server_app, name="server")
app.add_typer(executions_app, name="executions")
app.add_typer(watch_app, name="watch")
app.add_typer(config_app, name="config")

RUN_EXAMPLES = """\b
Examples:
  stigmer run                          deploy this project and run it
  stigmer run reviewer                 deploy this project and run its agent "reviewer"
  stigmer run reviewer -m "hello"      with a first message; -m - reads it from standard input
  stigmer run reviewer -e REGION=eu    with a variable; -e secret:API_KEY takes a secret from
                                       the environment or asks for it, so that a list of
                                       processes does not show it
  stigmer run reviewer --no-follow     start it and return at once
  stigmer run --watch                  run again whenever the code changes
  stigmer run reviewer report          both at once; --all runs each agent and workflow
  stigmer run --all --watch            each runs again when a change affects it
  stigmer run reviewer -o json | jq    one JSON object per event

\b
Exit status: 0 done, 1 failed, cancelled or not found, 2 usage or configuration,
  3 project, 4 backend, 124 timeout, 130 interrupted, 143 terminated
"""
APPLY_EXAMPLES = """\b
Examples:
  stigmer apply                        deploy the project in this directory
  stigmer apply --dry-run              show what would be created or updated
  stigmer apply --config ../other      deploy another project
"""
SHOW_EXAMPLES = """\b
Examples:
  stigmer executions show wex-01…               a tree of what it did; long texts are shortened
  stigmer executions show wex-01… --task poem   one task, with its input and output whole
  stigmer executions show wex-01… --requests    what models were asked, and HTTP requests with their timing
  stigmer executions show wex-01… -o json       everything, as one JSON object
"""


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(line())
        raise typer.Exit


@app.callback()
def _top(
    version: Annotated[
        bool, typer.Option("--version", "-V", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    pass


@app.command(cls=TextCommand, epilog=RUN_EXAMPLES)
@options_of(WatchFlags)
def run(flags: WatchFlags) -> None:
    """Run an agent or a workflow.

    Inside a project (a directory with Stigmer.yaml, or below one), the project is deployed first, so that
    the current code runs. Elsewhere, what is already deployed runs. Without a name: the only resource, or
    the one that you choose.
    """
    raise typer.Exit(perform_run(flags))


@app.command(cls=TextCommand, epilog=APPLY_EXAMPLES)
@options_of(ApplyFlags)
def apply(flags: ApplyFlags) -> None:
    """Deploy the agents and workflows of a project."""
    raise typer.Exit(perform_apply(flags))


@app.command(cls=TextCommand)
def explain(
    code: Annotated[str, typer.Argument(metavar="[CODE]", help="As an error shows it: E0601.")] = "",
) -> None:
    """Explain an error by its code; without one, list all codes. Needs no network."""
    from devloop.cli.explain import explain as perform

    raise typer.Exit(perform(code))


@server_app.command(cls=TextCommand)
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


@server_app.command(cls=TextCommand)
def stop() -> None:
    """Stop the local backend; its executions continue when it starts again."""
    from devloop.cli import server

    raise typer.Exit(server.stop())


@server_app.command(cls=TextCommand)
def status() -> None:
    """Show whether the local backend is running; the exit status is 1 if it is not."""
    from devloop.cli import server

    raise typer.Exit(server.status())


@server_app.command(cls=TextCommand)
def logs(
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Keep showing new lines.")] = False,
    lines: Annotated[
        int, typer.Option("--tail", "-n", metavar="N", min=0, help="Number of lines to start with.")
    ] = 50,
) -> None:
    """Show the log of the local backend."""
    from devloop.cli import server

    raise typer.Exit(server.logs(lines, follow=follow))


@watch_app.command(name="run", cls=TextCommand)
@options_of(SteerRunFlags)
def watch_run(flags: SteerRunFlags) -> None:
    """Start a run, with the files as they are now; with --wait, show what comes of it.

    Without --wait the command returns at once; the exit status with --wait is that of the run.
    """
    from devloop.cli.steer import run

    raise typer.Exit(run(flags))


@watch_app.command(name="status", cls=TextCommand)
@options_of(SteerFlags)
def watch_status(flags: SteerFlags) -> None:
    """Show the watch loops of this project, or all of them; the exit status is 1 if there is none."""
    from devloop.cli.steer import status

    raise typer.Exit(status(flags))


@watch_app.command(name="pause", cls=TextCommand)
@options_of(SteerFlags)
def watch_pause(flags: SteerFlags) -> None:
    """Changes start no runs from now on."""
    from devloop.cli.steer import pause

    raise typer.Exit(pause(flags))


@watch_app.command(name="resume", cls=TextCommand)
@options_of(SteerFlags)
def watch_resume(flags: SteerFlags) -> None:
    """Changes start runs again; what changed meanwhile runs now."""
    from devloop.cli.steer import resume

    raise typer.Exit(resume(flags))


@watch_app.command(name="cancel", cls=TextCommand)
@options_of(SteerFlags)
def watch_cancel(flags: SteerFlags) -> None:
    """Cancel what runs; the loop goes on."""
    from devloop.cli.steer import cancel

    raise typer.Exit(cancel(flags))


@watch_app.command(name="stop", cls=TextCommand)
@options_of(SteerFlags)
def watch_stop(flags: SteerFlags) -> None:
    """End the loop: it cancels what runs and waits for the confirmation."""
    from devloop.cli.steer import stop

    raise typer.Exit(stop(flags))


@executions_app.command(cls=TextCommand, name="list")
@with_options
def list_executions(
    count: Annotated[
        int, typer.Option("--count", "-n", metavar="N", min=1, max=1000, help="Show at most N.")
    ] = 20,
    server: Server = "",
    output: Shown = Output.AUTO,
) -> None:
    """List executions, newest first."""
    from devloop.cli import executions

    raise typer.Exit(executions.show_list(count, server, output))


@executions_app.command(cls=TextCommand, name="show", epilog=SHOW_EXAMPLES)
@with_options
def show_execution(
    execution: Execution,
    task: Annotated[
        str,
        typer.Option(
            "--task",
            metavar="PATH",
            help="Only this task or call, whole; child/ask is the task ask of what the task child started.",
        ),
    ] = "",
    requests: Annotated[
        bool,
        typer.Option(
            "--requests",
            help="What its models were asked and its HTTP requests, with headers, bodies and timing.",
        ),
    ] = False,
    server: Server = "",
    output: Shown = Output.AUTO,
) -> None:
    """Show what an execution did so far: its tasks, the executions within, errors and outputs."""
    from devloop.cli import executions

    raise typer.Exit(executions.show(execution, task, requests, server, output))


@executions_app.command(cls=TextCommand)
@with_options
def follow(
    execution: Execution, verbose: Verbose = 0, server: Server = "", output: Shown = Output.AUTO
) -> None:
    """Show an execution from start to end; Ctrl-C leaves it running."""
    from devloop.cli import executions

    raise typer.Exit(executions.follow(execution, verbose, server, output))


@executions_app.command(cls=TextCommand)
@with_options
def cancel(execution: Execution, server: Server = "") -> None:
    """Cancel an execution."""
    from devloop.cli import executions

    raise typer.Exit(executions.cancel(execution, server))


@executions_app.command(cls=TextCommand)
@with_options
def signal(
    execution: Execution,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What the workflow waits for.")],
    payload: Annotated[
        str, typer.Argument(metavar="[PAYLOAD]", help="What comes with it: JSON, or any other text.")
    ] = "null",
    server: Server = "",
) -> None:
    """Send a signal to a workflow that waits for it, or is going to."""
    from devloop.cli import executions

    raise typer.Exit(executions.signal(execution, name, payload, server))


@executions_app.command(cls=TextCommand)
@with_options
def prune(
    older_than: Annotated[
        str,
        typer.Option("--older-than", metavar="TIME", help="Only those that ended longer ago: 30d, 12h, 90m."),
    ] = "",
    keep: Annotated[int | None, typer.Option("--keep", metavar="N", min=0, help="Keep the newest N.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show how many.")] = False,
    server: Server = "",
) -> None:
    """Delete executions that have ended.

    An execution is deleted unless --keep or --older-than keeps it. Without either, the limits of the backend
    apply. Running executions stay, and so does an agent's whole session if one of its executions stays.
    """
    from devloop.cli.prune import prune as perform

    raise typer.Exit(perform(older_than=older_than, keep=keep, dry_run=dry_run, server=server))


@executions_app.command(cls=TextCommand)
@with_options
def delete(execution: Execution, server: Server = "") -> None:
    """Delete an execution; a running one is cancelled first."""
    from devloop.cli.prune import delete as perform

    raise typer.Exit(perform(execution, server=server))


@config_app.command(cls=TextCommand)
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
