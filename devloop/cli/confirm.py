"""Asks before something is done that nobody can take back."""

from __future__ import annotations

import signal
import sys

from devloop.cli.closed import TerminalClosedError
from devloop.terminal.stream import standard_terminals
from runcmd.errors import EXIT_FAILED, EXIT_INTERRUPTED, RunError, UsageError


class NotConfirmedError(RunError):
    """The user said no."""

    exit_code = EXIT_FAILED

    def __init__(self, kept: str, *, interrupted: bool = False) -> None:
        super().__init__(kept, code="")
        if interrupted:
            self.exit_code = EXIT_INTERRUPTED


def confirm(question: str, *, yes: bool, kept: str = "nothing was deleted") -> None:
    """Returns if the answer is yes. Meanwhile nothing else goes on, and Ctrl-C is a no.

    Args:
        question: with its question mark.
        yes: it was given already, by --yes.
        kept: what is true after a no.

    Raises:
        UsageError: there is nobody to ask.
        NotConfirmedError: no.
        TerminalClosedError: the terminal is gone.
    """
    if yes:
        return
    _, err = standard_terminals()
    if sys.stdin is None or not sys.stdin.isatty() or not err.interactive:
        raise UsageError(
            f"{question.rstrip('?')}: that needs a yes, and there is no terminal to ask on",
            code="E0150",
            hint="add --yes",
        )
    err.write(f"{question} [y/N] ")
    err.flush()
    try:
        answer = _answer()
    except KeyboardInterrupt:
        err.line()
        raise NotConfirmedError(kept, interrupted=True) from None
    except OSError as error:
        raise TerminalClosedError from error
    if answer == "":  # Ctrl-D, or the window was closed
        err.line()
    if answer.strip().casefold() not in ("y", "yes"):
        raise NotConfirmedError(kept)


def _answer() -> str:
    # The handler of the event loop would wait for it, and it for the answer.
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return sys.stdin.readline()
    finally:
        signal.signal(signal.SIGINT, handler)
