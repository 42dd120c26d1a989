"""A secret comes from a terminal without echo, from a pipe or from a file; it need not be an argument."""

from __future__ import annotations

import sys
from pathlib import Path

from devloop.cli.environment import ask_on_terminal, asks_on
from devloop.cli.texts import CONVERT
from devloop.terminal.stream import Terminal
from runcmd.errors import UsageError
from stigmer_api.reading import read_patiently

MOST_BYTES = 1 << 16
STANDARD_INPUT = "-"


def ask_for(what: str) -> str:
    """What is typed, or the first line of standard input. Raises UsageError."""
    if sys.stdin is None:
        raise _nothing(what)
    if can_ask():
        return _required(ask_on_terminal(what), what)
    if sys.stdin.isatty():
        raise _nothing(what)
    try:
        line = sys.stdin.readline()
    except UnicodeDecodeError as error:
        raise UsageError(f"the {what} is not UTF-8 text", code="E0109", hint=CONVERT) from error
    return _required(line, what)


def ask_if_any(what: str) -> str:
    """What is typed; empty where nobody can answer, or there is none."""
    return ask_on_terminal(f"{what} (Enter: none)").strip() if can_ask() else ""


def can_ask() -> bool:
    """Is there somebody at a terminal who can answer?"""
    if sys.stdin is None:
        return False
    return asks_on(Terminal(sys.stdin, interactive=sys.stdin.isatty())) is not None


def from_file(file: str, what: str) -> str:
    """The first line of a file or a pipe; `-` is standard input. Raises UsageError."""
    if file == STANDARD_INPUT:
        return ask_for(what)
    try:
        text = read_patiently(Path(file), MOST_BYTES).decode()
    except OSError as error:
        raise UsageError(
            f"cannot read the {what} in {file}: {error.strerror}", code="E0112", hint="check the path"
        ) from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{file} is not UTF-8 text", code="E0109", hint="save it as UTF-8") from error
    return _required(text.partition("\n")[0], what)


def _required(text: str, what: str) -> str:
    if not text.strip():
        raise _nothing(what)
    return text.strip()


def _nothing(what: str) -> UsageError:
    return UsageError(
        f"no {what} was given",
        code="E0101",
        hint="type it when you are asked, or pipe it into this command",
    )
