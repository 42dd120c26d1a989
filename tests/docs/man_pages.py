"""docs/man/*.1: a manual page for `stigmer`, and one for each command below it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from stigmer_api.version import VERSION
from tests.docs.commands import Command, Spelled, stigmer

FILES = (
    Spelled(typed="Stigmer.yaml", meaning="Makes a directory a project; looked for here and above."),
    Spelled(typed="~/.stigmer/config.yaml", meaning="What holds for all projects of a user."),
    Spelled(typed="~/.stigmer/logs", meaning="Logs, and the reports of crashes."),
)


def texts() -> Mapping[str, str]:
    """File name → page."""
    top = stigmer()
    return {f"{each.name.replace(' ', '-')}.1": _page(each, top) for each in (top, *top.commands)}


def _page(command: Command, top: Command) -> str:
    title = command.name.replace(" ", "-")
    summary = command.summary[0].lower() + command.summary[1:].rstrip(".")
    lines = [
        f'.TH {title.upper()} 1 "" "stigmer {VERSION}" "User Commands"',
        ".SH NAME",
        f"{_escaped(title)} \\- {_escaped(summary)}",
        ".SH SYNOPSIS",
        *_usage(command),
        ".SH DESCRIPTION",
        *_paragraphs(command),
    ]
    lines += _options("ARGUMENTS", command.arguments) + _options("OPTIONS", command.options)
    if command is top:
        lines += _options("COMMANDS", [_pointer(each) for each in command.commands])
        lines += _options("FILES", FILES)
    else:
        for each in command.commands:
            lines += _sub_command(each)
    lines += [line for note in filter(None, command.notes) for line in _note(note)]
    others = [each for each in (top, *top.commands) if each is not command]
    names = ", ".join(f"\\fB{_escaped(each.name.replace(' ', '-'))}\\fR(1)" for each in others)
    return "\n".join([*lines, ".SH SEE ALSO", names, ""])


def _usage(command: Command) -> list[str]:
    return [".nf", *(_escaped(each.usage) for each in command.commands or (command,)), ".fi"]


def _paragraphs(command: Command) -> Iterator[str]:
    for paragraph in command.help:
        yield ".PP"
        yield _escaped(paragraph)


def _options(title: str, options: tuple[Spelled, ...] | list[Spelled]) -> list[str]:
    return [f".SH {title}", *_listed(options)] if options else []


def _listed(options: tuple[Spelled, ...] | list[Spelled]) -> Iterator[str]:
    for each in options:
        yield ".TP"
        yield f"\\fB{_escaped(each.typed)}\\fR"
        yield _escaped(each.meaning)


def _sub_command(command: Command) -> list[str]:
    return [
        f'.SH "{_escaped(command.name.upper())}"',
        *_paragraphs(command),
        *_listed([*command.arguments, *command.options]),
    ]


def _note(note: str) -> list[str]:
    """Of the epilog: its first line, without what follows the colon, is the title."""
    first, *rest = note.splitlines()
    title, colon, said = first.partition(": ")
    lines = [said, *(line.strip() for line in rest)] if colon else [line.removeprefix("  ") for line in rest]
    return [f'.SH "{_escaped(title.rstrip(":").upper())}"', *_shown(lines, as_is=not colon)] if lines else []


def _shown(lines: list[str], *, as_is: bool) -> list[str]:
    escaped = [_escaped(line) for line in lines]
    return [".nf", *escaped, ".fi"] if as_is else escaped


def _pointer(command: Command) -> Spelled:
    return Spelled(typed=f"{command.name.replace(' ', '-')}(1)", meaning=command.summary)


def _escaped(text: str) -> str:
    """Nothing in it is a request, and its hyphens can be typed."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-").replace("…", "\\[u2026]")
    return f"\\&{escaped}" if escaped.startswith((".", "'")) else escaped
