"""The command line is wrong: what was probably meant, then how the command is used."""

from __future__ import annotations

import difflib
import re

from typer._click.exceptions import (
    NoArgsIsHelpError,
    NoSuchOption,
    UsageError,
)  # Typer has no other name for them

from devloop.render.errors import error_block
from devloop.terminal.stream import standard_terminals


def show_usage_error(error: UsageError) -> int:
    """The exit status."""
    if isinstance(error, NoArgsIsHelpError):  # no error: a command that only has others shows its help
        error.show()
        return error.exit_code
    message, nearest = _parts(error)
    _, err = standard_terminals()
    usage: list[str] = []
    if error.ctx is not None:
        usage = error.ctx.get_usage().splitlines()
        usage.append(f"Try '{error.ctx.command_path} -h' for help.")
    hint = f"did you mean {nearest}?" if nearest else ""
    error_block(err, message, hint, usage, code="E0101")
    return error.exit_code


def _parts(error: UsageError) -> tuple[str, str]:
    """What is wrong, and what is nearest to it, or nothing."""
    text = error.format_message()
    if isinstance(error, NoSuchOption):
        return error.message, " or ".join(error.possibilities or ())
    message, _, guess = text.partition(" Did you mean ")
    if not guess and (choice := re.search(r"'([^']*)' is not one of (.*)\.$", message)):
        choices = re.findall(r"'([^']*)'", choice[2])
        guess = " or ".join(f"'{each}'" for each in difflib.get_close_matches(choice[1], choices, n=1))
    return message, guess.rstrip("?")
