"""Shows a run to its end, also when nobody reads any more."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator, Callable
from typing import Protocol

from devloop.render.renderer import Renderer
from devloop.signals import cancelling
from runcmd.errors import EXIT_FAILED, RunError
from runcmd.events import CancelReason, Event, Outcome, RunFinished

EXIT_PIPE = 141  # what a shell reports for a program that SIGPIPE ended


class Run(Protocol):
    """Events that end in RunFinished, and a way to end them sooner."""

    def __aiter__(self) -> AsyncIterator[Event]: ...

    def cancel(self, reason: CancelReason) -> None: ...


async def show_run(run: Run, renderer: Renderer, shown: Callable[[Event], None] = lambda event: None) -> int:
    """The exit status. `shown` hears of each event once it is on the screen."""
    status = EXIT_FAILED
    unwritable: OSError | None = None
    with cancelling(run.cancel):
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


def failed(renderer: Renderer, error: RunError) -> int:
    """Shows a failure that came before any run; the exit status."""
    renderer.show(
        RunFinished(
            outcome=Outcome.ERROR,
            exit_code=error.exit_code,
            error=error.message,
            hint=error.hint,
            details=error.details,
            facts=error.facts,
        )
    )
    renderer.close()
    return error.exit_code


def gave_up(error: OSError) -> int:
    """Standard output cannot be written to: say so unless its reader simply left."""
    # What is still buffered would fail again when Python closes the stream.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if isinstance(error, BrokenPipeError):
        return EXIT_PIPE
    sys.stderr.write(f"Error: cannot write to standard output: {error.strerror}\n")
    return EXIT_FAILED
