"""Every command that a page shows is one that exists, with options that exist."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from typer._click.exceptions import MissingParameter
from typer.main import get_command

from devloop.cli.main import app
from tests.support.paths import ROOT

GENERATED = ROOT / "docs" / "options.md"  # of the commands themselves
PAGES = [ROOT / "README.md", *sorted({*(ROOT / "docs").rglob("*.md")} - {GENERATED})]
BLOCK = re.compile(r"^```(?:sh|console|yaml)?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TYPED = re.compile(r"(?:^\$ |^|\| |: )(stigmer [^#\n]*)$", re.MULTILINE)
INLINE = re.compile(r"`(stigmer [^`\n]*)`")
ENDS = re.compile(r"\s{3,}.*|\s*(?:\||&|>|\|\||&&|;)(?:\s|$).*")
LEFT_OUT = ("-h", "--help", "--version")  # they end the command
TOP: Any = get_command(app)


def shown(text: str) -> Iterator[str]:
    for block in BLOCK.findall(text):
        yield from TYPED.findall(block)
    yield from INLINE.findall(BLOCK.sub("", text))


COMMANDS = sorted(
    {
        ENDS.sub("", command).strip()
        for page in PAGES
        for command in shown(page.read_text("utf-8"))
        if "…" not in command
    }
)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_can_be_typed(command: str) -> None:
    try:
        arguments = shlex.split(command)[1:]
    except ValueError:
        pytest.fail(f"not what a shell can read: {command}")
    with suppress(MissingParameter):  # what is only named
        parse(TOP, "stigmer", ["1" if word == "N" else word for word in arguments if word not in LEFT_OUT])


def parse(command: Any, name: str, arguments: list[str]) -> None:
    """As typed, but nothing is performed. Raises what says that it is wrong."""
    commands = getattr(command, "commands", None)
    if commands is None:
        command.make_context(name, arguments)
    elif arguments and not arguments[0].startswith("-"):
        assert arguments[0] in commands, f"there is no {name} {arguments[0]}"
        parse(commands[arguments[0]], f"{name} {arguments[0]}", arguments[1:])


def test_commands_are_found() -> None:
    assert len(COMMANDS) > 40
    assert "stigmer run -C services/report --watch" in COMMANDS
    with pytest.raises(AssertionError):
        parse(TOP, "stigmer", ["rum"])
