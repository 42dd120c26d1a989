"""The commands of `stigmer`, in the order in which its help shows them."""

from __future__ import annotations

from typing import Annotated

import typer

from devloop.cli.commands import (
    apply,
    backend,
    completion,
    config,
    deployed,
    doctor,
    executions,
    explain,
    graph,
    mcp,
    new,
    record,
    replay,
    run,
    server,
    sessions,
    skill,
    watch,
)
from devloop.cli.text_command import TextCommand
from devloop.cli.version import line

app = typer.Typer(
    name="stigmer",
    help="Define AI agents and workflows in Python, run them, see everything.",
    epilog="Start with: stigmer new shop",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,  # ours knows names and ids, too
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command(cls=TextCommand, epilog=run.EXAMPLES)(run.run)
app.command(cls=TextCommand, epilog=apply.EXAMPLES)(apply.apply)
app.command(cls=TextCommand, name="list", epilog=deployed.LIST_EXAMPLES)(deployed.list_deployed)
app.command(cls=TextCommand, epilog=deployed.SHOW_EXAMPLES)(deployed.show)
app.command(cls=TextCommand, epilog=deployed.DELETE_EXAMPLES)(deployed.delete)
app.command(cls=TextCommand, epilog=new.EXAMPLES)(new.new)
app.command(cls=TextCommand, epilog=graph.EXAMPLES)(graph.graph)
app.command(cls=TextCommand)(doctor.doctor)
app.command(cls=TextCommand, epilog=record.EXAMPLES)(record.record)
app.command(cls=TextCommand, epilog=replay.EXAMPLES)(replay.replay)
app.command(cls=TextCommand)(explain.explain)
app.command(cls=TextCommand, epilog=completion.EXAMPLES)(completion.completion)
app.add_typer(server.app, name="server")
app.add_typer(executions.app, name="executions")
app.add_typer(sessions.app, name="session")
app.add_typer(watch.app, name="watch")
app.add_typer(skill.app, name="skill")
app.add_typer(mcp.app, name="mcp")
app.add_typer(config.app, name="config")
app.add_typer(backend.app, name="backend")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(line())
        raise typer.Exit


@app.callback()
def _top(
    version: Annotated[
        bool, typer.Option("--version", "-V", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
    install_completion: Annotated[
        bool,
        typer.Option(
            "--install-completion",
            callback=completion.install_option,
            is_eager=True,
            help="Complete commands, options, names and ids in the shell that you are in.",
        ),
    ] = False,
    show_completion: Annotated[
        bool,
        typer.Option(
            "--show-completion",
            callback=completion.show_option,
            is_eager=True,
            help="Print the script that does so, for the shell that you are in.",
        ),
    ] = False,
) -> None:
    pass
