"""Shows a run to its end, even if its output can no longer be written."""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import AsyncIterator, Callable
from typing import Protocol

from devloop.render.renderer import Renderer
from devloop.terminal.signals import cancelling
from devloop.terminal.standard import OutputGoneError
from runcmd.errors import EXIT_FAILED, EXIT_TERMINATED, RunError
from runcmd.events import CancelReason, Event, Outcome, RunFinished

UNWRITABLE = "E0905"
EXIT_PIPE = 141  # what a shell reports for a program that SIGPIPE ended


class ShownRun(Protocol):
    """Events that end in RunFinished, and a way to end them sooner."""

    def __aiter__(self) -> AsyncIterator[Event]: ...

    def cancel(self, reason: CancelReason) -> None: ...


async def show_run(
    run: ShownRun,
    renderer: Renderer,
    shown: Callable[[Event], None] = lambda event: None,
    *,
    leaving: Callable[[], None] | None = None,
) -> int:
    """The exit status.

    Args:
        shown: called with each event once it is on the screen.
        leaving: called when a second signal ends us at once, by its handler.
    """
    status = EXIT_FAILED
    unwritable: OSError | None = None
    with cancelling(run.cancel, leaving=leaving or (lambda: None)):
        async for event in run:
            if isinstance(event, RunFinished):
                status = event.exit_code
            if unwritable is None:
                try:
                    renderer.show(event)
                except OSError as error:
                    unwritable = error
                    run.cancel(CancelReason.TERMINATED)
            shown(event)
    return status if unwritable is None else gave_up(unwritable)


def show_failure(renderer: Renderer, error: RunError) -> int:
    """Shows a failure that came before any run; the exit status."""
    renderer.show(
        RunFinished(
            outcome=Outcome.ERROR,
            exit_code=error.exit_code,
            error=error.message,
            hint=error.hint,
            details=error.details,
            facts=error.facts,
            echoed=error.echoed,
            mistakes=error.mistakes,
        )
    )
    renderer.close()
    return error.exit_code


def gave_up(error: OSError) -> int:
    """Reports that standard output cannot be written to, unless its reader left; the exit status."""
    cause = error.cause if isinstance(error, OutputGoneError) else error
    closed = cause.errno == errno.EIO and stat.S_ISCHR(os.fstat(sys.stdout.fileno()).st_mode)
    # What is still buffered would fail again when Python closes the stream.
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
    if cause.errno == errno.EPIPE:
        return EXIT_PIPE
    if closed:  # the window of the terminal
        return EXIT_TERMINATED
    sys.stderr.write(
        f"Error: cannot write to standard output: {cause.strerror}\nmore: stigmer explain {UNWRITABLE}\n"
    )
    return EXIT_FAILED
