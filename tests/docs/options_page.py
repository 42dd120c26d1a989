"""docs/options.md: every command with its options, as `--help` shows them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tests.docs.commands import Command, Spelled, stigmer

INTRODUCTION = """# Commands and options

What `stigmer COMMAND --help` says, on one page; `man stigmer` has it, too. `-h` and `--help` work everywhere.
[What each exit status means](design/exit-status.md) · [Environment variables](environment.md)
"""


def text() -> str:
    return "\n".join([INTRODUCTION, *(line for each in stigmer().all() for line in _section(each))])


def _section(command: Command) -> Iterator[str]:
    yield f"{'###' if command.name.count(' ') > 1 else '##'} `{command.name}`\n"
    for paragraph in command.help:
        yield f"{_plain(paragraph)}\n"
    yield f"```text\n{command.usage}\n```\n"
    below = [Spelled(typed=each.name, meaning=each.summary) for each in command.commands]
    yield from _table("command", below)
    yield from _table("argument", command.arguments)
    yield from _table("option", command.options)
    for note in filter(None, command.notes):
        yield f"```text\n{note}\n```\n"


def _table(what: str, rows: Sequence[Spelled]) -> Iterator[str]:
    if rows:
        yield f"| {what} | |\n|---|---|"
        yield from (f"| `{_cell(each.typed)}` | {_plain(_cell(each.meaning))} |" for each in rows)
        yield ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _plain(text: str) -> str:
    """What would be markup stands as it is."""
    return text.replace("<", "&lt;").replace("*", "\\*").replace("[", "\\[")
