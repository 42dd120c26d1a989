"""Errors, warnings and cancellations, as they look on standard error."""

from __future__ import annotations

from collections.abc import Sequence

from devloop.render.words import duration
from devloop.terminal.cells import wrapped
from devloop.terminal.stream import Style, Terminal, columns_of
from devloop.terminal.visible import visible
from runcmd.events import CancelFinished, CancelOutcome


def error_block(
    err: Terminal, message: str, hint: str = "", details: Sequence[str] = (), *, code: str
) -> None:
    """`Error:` and the sentence, the details below, what to try and where to read more at the end.

    What was most likely meant comes first.
    """
    first, *more = message.split("\n")
    for line in wrapped(visible(f"Error: {first}"), columns_of(err)):
        err.line(line, Style.BAD)
    for each in more:
        # Indented: it must not look like a line of ours.
        err.line(each if each.startswith("  ") else f"  {each}", Style.BAD)
    nearest = hint.startswith("did you mean")
    if nearest:
        err.line(hint, Style.BOLD)
    if details:
        err.line()
        for each in details:
            err.line(each)
    if hint and not nearest:
        err.line()
        err.line(hint)
    if code:
        if nearest or not hint:
            err.line()
        err.line(f"more: stigmer explain {code}", Style.DIM)
    err.flush()


def warning(err: Terminal, text: str, hint: str = "") -> None:
    for line in wrapped(visible(f"Warning: {text}"), columns_of(err)):
        err.line(line, Style.WARN)
    if hint:
        err.line(hint)


def cancel_outcome(err: Terminal, event: CancelFinished) -> None:
    """The result of a cancellation."""
    match event.outcome:
        case CancelOutcome.CONFIRMED:
            err.line(f"cancelled ({duration(event.seconds)})", Style.WARN)
        case CancelOutcome.ALREADY_FINISHED:
            err.line("it had already finished")
        case CancelOutcome.UNREACHABLE:
            err.line("the backend does not answer", Style.WARN)
        case CancelOutcome.STILL_RUNNING | CancelOutcome.UNSUPPORTED:
            pass  # the end of the run says so, with the command that stops it
