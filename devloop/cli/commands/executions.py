"""The commands `stigmer executions …`."""

from __future__ import annotations

from typing import Annotated

import typer

from devloop.cli.flags import Execution, Server, Shown, Verbose
from devloop.cli.options import with_options
from devloop.cli.text_command import TextCommand
from devloop.render.output import Output

app = typer.Typer(help="List, show, follow, signal, cancel and delete executions.", no_args_is_help=True)

SHOW_EXAMPLES = """\b
Examples:
  stigmer executions show wex-01…               a tree of what it did; long texts are shortened
  stigmer executions show wex-01… --task poem   one task, with its input and output whole
  stigmer executions show wex-01… --requests    what models were asked, and HTTP requests with their timing
  stigmer executions show wex-01… -o json       everything, as one JSON object
"""


@app.command(cls=TextCommand, name="list")
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


@app.command(cls=TextCommand, name="show", epilog=SHOW_EXAMPLES)
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


@app.command(cls=TextCommand)
@with_options
def follow(
    execution: Execution, verbose: Verbose = 0, server: Server = "", output: Shown = Output.AUTO
) -> None:
    """Show an execution from start to end; Ctrl-C leaves it running."""
    from devloop.cli import executions

    raise typer.Exit(executions.follow(execution, verbose, server, output))


@app.command(cls=TextCommand)
@with_options
def cancel(execution: Execution, server: Server = "") -> None:
    """Cancel an execution."""
    from devloop.cli import executions

    raise typer.Exit(executions.cancel(execution, server))


@app.command(cls=TextCommand)
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


@app.command(cls=TextCommand)
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


@app.command(cls=TextCommand)
@with_options
def delete(execution: Execution, server: Server = "") -> None:
    """Delete an execution; a running one is cancelled first."""
    from devloop.cli.prune import delete as perform

    raise typer.Exit(perform(execution, server=server))
