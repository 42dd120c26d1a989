"""The commands `stigmer executions …`."""

from __future__ import annotations

from typing import Annotated

import typer

from devloop.cli.common_options import Execution, Executions, Server, Shown, SomeExecutions, Verbose, Yes
from devloop.cli.options import with_options
from devloop.cli.text_command import TextCommand
from devloop.render.output import Output

app = typer.Typer(
    help="List, show, follow, approve, signal, cancel and delete executions.", no_args_is_help=True
)

LIST_EXAMPLES = """\b
Examples:
  stigmer executions list --status failed --since 1d    what failed since yesterday
  stigmer executions list --status running --nested     what runs, with all that it started
  stigmer executions list --name review --all -o json   one JSON object for each
"""
SHOW_EXAMPLES = """\b
Examples:
  stigmer executions show wex-01…               a tree of what it did; long texts are shortened
  stigmer executions show wex-01… --task poem   one task, with its input and output whole
  stigmer executions show wex-01… --requests    what models were asked, and HTTP requests with their timing
  stigmer executions show wex-01… -o json       everything, as one JSON object
"""
APPROVE_EXAMPLES = """\b
Examples:
  stigmer executions approve last                  the one call that waits
  stigmer executions approve aex-01… call_1        one of several
  stigmer executions approve last --all --always   all that wait, and what follows of the same tools
"""
DENY_EXAMPLES = """\b
Examples:
  stigmer executions deny last --reason "not on a Friday"   the agent reads why, and goes on
"""


@app.command(cls=TextCommand, name="list", epilog=LIST_EXAMPLES)
@with_options
def list_executions(
    count: Annotated[
        int, typer.Option("--count", "-n", metavar="N", min=1, max=1000, help="Show at most N.")
    ] = 20,
    every: Annotated[bool, typer.Option("--all", "-a", help="Show all.")] = False,
    status: Annotated[
        list[str] | None,
        typer.Option(
            "--status",
            metavar="STATUS,…",
            help="Only pending, running, completed, failed, cancelled or ended ones. Repeatable.",
        ),
    ] = None,
    name: Annotated[
        str,
        typer.Option("--name", metavar="TEXT", help="Only agents and workflows with this in their name."),
    ] = "",
    since: Annotated[
        str, typer.Option("--since", metavar="TIME", help="Only those since then: 2h, 7d or 2026-11-01.")
    ] = "",
    text: Annotated[
        str,
        typer.Option(
            "--text", metavar="TEXT", help="Only those with this in their message, output, answers or error."
        ),
    ] = "",
    nested: Annotated[
        bool, typer.Option("--nested", help="Also show the executions that others started, below those.")
    ] = False,
    server: Server = "",
    output: Shown = Output.AUTO,
) -> None:
    """List executions, newest first.

    What a workflow started is folded below it. With --status, --name or --text it is looked for, too.
    """
    from devloop.cli.executions.listing import show_list
    from devloop.cli.executions.wanted import ListFlags

    flags = ListFlags(
        count=count,
        all=every,
        status=tuple(status or ()),
        name=name,
        since=since,
        text=text,
        nested=nested,
        server=server,
        output=output,
    )
    raise typer.Exit(show_list(flags))


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
    from devloop.cli.executions.looking import show

    raise typer.Exit(show(execution, task, requests, server, output))


@app.command(cls=TextCommand)
@with_options
def follow(
    execution: Execution, verbose: Verbose = 0, server: Server = "", output: Shown = Output.AUTO
) -> None:
    """Show an execution from start to end; Ctrl-C leaves it running."""
    from devloop.cli.executions.looking import follow as perform

    raise typer.Exit(perform(execution, verbose, server, output))


@app.command(cls=TextCommand)
@with_options
def cancel(
    executions: Executions = None,
    every: Annotated[bool, typer.Option("--all", "-a", help="Cancel all that run.")] = False,
    yes: Yes = False,
    server: Server = "",
) -> None:
    """Cancel executions, and what they started."""
    from devloop.cli.executions.cancelling import cancel as perform

    raise typer.Exit(perform(executions or (), every=every, yes=yes, server=server))


@app.command(cls=TextCommand)
@with_options
def signal(
    execution: Execution,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What the workflow waits for.")],
    payload: Annotated[
        str | None, typer.Argument(metavar="[PAYLOAD]", help="What comes with it: JSON, or any other text.")
    ] = None,
    data: Annotated[
        str | None,
        typer.Option("--data", "-d", metavar="JSON", help="The same, surely JSON; @FILE or @- reads it."),
    ] = None,
    server: Server = "",
) -> None:
    """Send a signal to a workflow that waits for it, or is going to."""
    from devloop.cli.executions.signalling import signal as perform

    raise typer.Exit(perform(execution, name, payload, data, server))


Calls = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[CALL]...",
        help="Which calls, by id or by the name of the tool. [default: the one that waits]",
    ),
]


@app.command(cls=TextCommand, epilog=APPROVE_EXAMPLES)
@with_options
def approve(
    execution: Execution,
    calls: Calls = None,
    every: Annotated[bool, typer.Option("--all", "-a", help="All that wait.")] = False,
    always: Annotated[
        bool, typer.Option("--always", help="Also each later call of the same tool in this execution.")
    ] = False,
    server: Server = "",
) -> None:
    """Approve calls of tools that an agent waits with.

    Of a workflow, those of its agents. The first answer counts, whoever gives it.
    """
    from devloop.cli.executions.approving import GivenAnswer, decide

    raise typer.Exit(
        decide(execution, calls or (), GivenAnswer(approve=True, always=always, every=every), server)
    )


@app.command(cls=TextCommand, epilog=DENY_EXAMPLES)
@with_options
def deny(
    execution: Execution,
    calls: Calls = None,
    every: Annotated[bool, typer.Option("--all", "-a", help="All that wait.")] = False,
    reason: Annotated[
        str, typer.Option("--reason", metavar="TEXT", help="Why; the agent reads it, and goes on.")
    ] = "",
    server: Server = "",
) -> None:
    """Deny calls of tools that an agent waits with: they are not made, and the agent goes on without."""
    from devloop.cli.executions.approving import GivenAnswer, decide

    raise typer.Exit(
        decide(execution, calls or (), GivenAnswer(approve=False, reason=reason, every=every), server)
    )


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
    from devloop.cli.executions.removing import prune as perform

    raise typer.Exit(perform(older_than=older_than, keep=keep, dry_run=dry_run, server=server))


@app.command(cls=TextCommand)
@with_options
def delete(executions: SomeExecutions, server: Server = "") -> None:
    """Delete executions; one that runs is cancelled first."""
    from devloop.cli.executions.removing import delete as perform

    raise typer.Exit(perform(executions, server=server))
