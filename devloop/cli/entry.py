"""Arguments become a command, and whatever it raises an exit status."""

from __future__ import annotations

import os
import sys
from contextlib import suppress

from devloop.cli.direct import COMPLETION, directly
from devloop.terminal.standard import STDERR, OutputGoneError

# Variables that hold a path, and are read again later: they mean the directory where the command was typed.
PLACES = (
    "STIGMER_CA_FILE",
    "STIGMER_DATA_DIR",
    "STIGMER_LLM_SCRIPT",
    "STIGMER_SERVER_ADDR",
    "VIRTUAL_ENV",
    "PYTHONPATH",
)

_LAST: list[Exception] = []


def main(arguments: list[str]) -> int:
    """Runs a command; the exit status."""
    try:
        return _run(arguments)
    except SystemExit as end:  # how Typer ends, well or badly
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except Exception as error:  # the edge: here a bug becomes a sentence
        # The process ends at once, and what the error holds is not taken apart any more: an event loop that
        # found no descriptors, say, would complain about itself.
        _LAST.append(error)
        try:
            return _report(error)
        except Exception:  # no memory, no descriptor: too little to say more
            said = f"stigmer stopped because of an error: {_shortly(error)}\n"
            with suppress(OSError):
                os.write(STDERR, said.encode("ascii", "replace"))
            return 1


def _run(arguments: list[str]) -> int:
    if relative := [name for name in PLACES if _is_relative(name)]:
        from devloop.cli.here import place_variables

        place_variables(os.environ, relative)
    if any("secret:" in each for each in arguments):
        from devloop.cli.argv import hide_secrets

        hide_secrets(arguments)
    if not all(map(str.isascii, arguments)):
        from devloop.cli.texts import not_text
        from runcmd.errors import EXIT_USAGE

        if complaint := not_text(arguments):
            sys.stderr.write(complaint)
            return EXIT_USAGE
    if shell := os.environ.get(COMPLETION):
        from devloop.cli.completing.complete import complete

        return complete(shell)
    if perform := directly(arguments):
        return perform()
    from typer._click.exceptions import UsageError  # Typer has no other name for it

    from devloop.cli.main import app

    try:
        # Not standalone: a wrong command line is for us to show, and an exit status is returned.
        return app(args=arguments, prog_name="stigmer", standalone_mode=False) or 0
    except UsageError as error:
        from devloop.cli.usage import show_usage_error

        return show_usage_error(error)


def _report(error: Exception) -> int:
    from devloop.cli.crash import innermost, report

    cause = innermost(error)
    if isinstance(cause, OutputGoneError):
        from devloop.cli.show import gave_up

        return gave_up(cause)
    if isinstance(cause, BrokenPipeError):  # nobody reads what we say
        return 1
    said = report(error)
    _end_line()
    sys.stderr.write(said)
    return 1


def _end_line() -> None:
    """Of a message that was being written, say."""
    from devloop.terminal.stream import standard_terminals

    for each in standard_terminals():
        with suppress(OSError, ValueError):
            each.put_through(None)
            each.give_way()


def _shortly(error: Exception) -> str:
    """Without its text, which may quote what must not be shown."""
    reason = error.strerror if isinstance(error, OSError) else ""
    return f"{type(error).__name__}{': ' if reason else ''}{reason or ''}"


def _is_relative(variable: str) -> bool:
    """A path that is, one of several, or the address of a socket."""
    value = os.environ.get(variable, "")
    if variable == "PYTHONPATH":
        return any(each and not each.startswith("/") for each in value.split(os.pathsep))
    path = value.removeprefix("unix:")
    is_path = variable != "STIGMER_SERVER_ADDR" or path != value
    return is_path and bool(path) and not path.startswith(("/", "~"))
