"""The options of the commands, each declared once."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_type_hints

import typer

from devloop.cli.choices import OnChangeChoice, WatcherChoice
from devloop.render.output import Output

Flags = TypeVar("Flags")

Org = Annotated[str, typer.Option("--org", metavar="ORG", help="Organization of the agents and workflows.")]
Server = Annotated[
    str,
    typer.Option("--server", metavar="ADDR", help="Backend to use: host:port, https://host or unix:/path."),
]
Trust = Annotated[
    bool,
    typer.Option("--trust", help="Run a project even if another user owns it or can write to it."),
]
Shown = Annotated[Output, typer.Option("--output", "-o", help="Output format.")]
Execution = Annotated[str, typer.Argument(metavar="ID", help="Execution ID, as `stigmer run` shows it.")]


@dataclass(frozen=True, kw_only=True)
class RunFlags:
    """The options of one run."""

    name: Annotated[str | None, typer.Argument(metavar="[NAME_OR_ID]", help="What to run.")] = None
    message: Annotated[
        str,
        typer.Option("--message", "-m", metavar="TEXT", help="First message; - reads standard input."),
    ] = "execute"
    env: Annotated[
        list[str] | None,
        typer.Option(
            "--runtime-env",
            "--env",
            "-e",
            metavar="K=V",
            help="Variable for this execution; K alone is inherited; secret:K is a secret. Repeatable.",
        ),
    ] = None
    env_file: Annotated[
        list[Path] | None,
        typer.Option("--env-file", metavar="PATH", help="Read variables from a .env file. Repeatable."),
    ] = None
    follow: Annotated[
        bool, typer.Option("--follow/--no-follow", help="Show the execution until it ends.")
    ] = True
    project: Annotated[
        Path | None,
        typer.Option("--project", "-C", metavar="DIR", help="Project directory. [default: here or above]"),
    ] = None
    trust: Trust = False
    org: Org = ""
    server: Server = ""
    ephemeral: Annotated[
        bool, typer.Option("--ephemeral", help="Use a temporary in-memory backend for this command only.")
    ] = False
    timeout: Annotated[
        float | None,
        typer.Option("--timeout", metavar="SECONDS", help="Cancel after this time; the exit status is 124."),
    ] = None
    output: Shown = Output.AUTO


@dataclass(frozen=True, kw_only=True)
class WatchFlags(RunFlags):
    """The options of `stigmer run`: those of one run, and those of --watch."""

    watch: Annotated[bool, typer.Option("--watch", "-w", help="Run again whenever the code changes.")] = False
    settle: Annotated[
        int | None,
        typer.Option(
            "--settle",
            metavar="MS",
            min=0,
            help="With --watch: how long files must stay quiet before a run starts. [default: adaptive]",
        ),
    ] = None
    on_change: Annotated[
        OnChangeChoice | None,
        typer.Option(
            "--on-change", help="With --watch: what to do with the current run when a file changes."
        ),
    ] = None
    until_success: Annotated[
        bool, typer.Option("--until-success", help="With --watch: stop after the first run that succeeds.")
    ] = False
    runs: Annotated[
        int | None, typer.Option("--runs", metavar="N", min=1, help="With --watch: stop after N runs.")
    ] = None
    clear: Annotated[
        bool, typer.Option("--clear", help="With --watch: clear the screen before each run.")
    ] = False
    no_keys: Annotated[bool, typer.Option("--no-keys", help="With --watch: ignore the keyboard.")] = False
    explain: Annotated[
        bool,
        typer.Option("--explain", help="With --watch: say why a file event did not start a run."),
    ] = False
    watcher: Annotated[
        WatcherChoice | None,
        typer.Option("--watcher", help="With --watch: how to detect changes. [default: auto]"),
    ] = None

    @property
    def beyond_a_run(self) -> bool:
        """Was any option given that a single run may not have?"""
        own = fields(self)[len(fields(RunFlags)) :]
        return any(getattr(self, each.name) != each.default for each in own)


@dataclass(frozen=True, kw_only=True)
class ApplyFlags:
    """The options of `stigmer apply`."""

    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would change.")] = False
    config: Annotated[
        Path | None,
        typer.Option("--config", metavar="PATH", help="Project to deploy. [default: here or above]"),
    ] = None
    trust: Trust = False
    org: Org = ""
    server: Server = ""
    output: Shown = Output.AUTO


def options_of(flags: type[Flags]) -> Callable[[Callable[[Flags], None]], Callable[..., None]]:
    """Turns a command that takes `flags` into one that takes each field as an option, as Typer wants it."""
    hints = get_type_hints(flags, include_extras=True)
    parameters = [
        each.replace(annotation=hints[name]) for name, each in inspect.signature(flags).parameters.items()
    ]

    def spread(command: Callable[[Flags], None]) -> Callable[..., None]:
        def typed(**values: Any) -> None:
            command(flags(**values))

        typed.__name__, typed.__doc__ = command.__name__, command.__doc__
        typed.__annotations__ = hints
        typed.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        return typed

    return spread
