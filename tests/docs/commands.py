"""What `stigmer --help` says of each command, as values: the page of options and the man pages show them."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from typer.main import get_command

from devloop.cli.main import app

HELP = "-h, --help"


@dataclass(frozen=True, kw_only=True)
class Spelled:
    """An option or an argument: what is typed, and what it means."""

    typed: str
    meaning: str


@dataclass(frozen=True, kw_only=True)
class Command:
    """One command, or a group of them, which cannot be called by itself."""

    name: str  # with its groups: `stigmer server start`
    usage: str
    help: tuple[str, ...]  # paragraphs
    arguments: tuple[Spelled, ...]
    options: tuple[Spelled, ...]
    notes: tuple[str, ...]  # the epilog's parts, their lines as they are
    commands: tuple[Command, ...]

    @property
    def summary(self) -> str:
        return self.help[0]

    def all(self) -> Iterator[Command]:
        yield self
        for each in self.commands:
            yield from each.all()


def stigmer() -> Command:
    """The command itself, with all others below it."""
    return _read(get_command(app), "stigmer", None)


def _read(command: Any, name: str, parent: Any) -> Command:
    context = command.make_context(name, [], parent=parent, resilient_parsing=True)
    records = ((each, each.get_help_record(context)) for each in command.get_params(context))
    shown = [(each.param_type_name, Spelled(typed=row[0], meaning=row[1])) for each, row in records if row]
    return Command(
        name=name,
        usage=f"{name} {' '.join(command.collect_usage_pieces(context))}",
        help=tuple(" ".join(part.split()) for part in inspect.cleandoc(command.help or "").split("\n\n")),
        arguments=tuple(each for kind, each in shown if kind == "argument"),
        options=tuple(each for kind, each in shown if kind == "option" and each.typed != HELP),
        notes=tuple(part.strip() for part in (command.epilog or "").replace("\b\n", "").split("\n\n")),
        commands=tuple(
            _read(each, f"{name} {key}", context) for key, each in getattr(command, "commands", {}).items()
        ),
    )
