"""Only the answer."""

from __future__ import annotations

from devloop.render.errors import cancel_outcome, error_block
from devloop.terminal.stream import Terminal
from runcmd.events import CancelFinished, CancelOutcome, Event, Outcome, RunFinished


class QuietRenderer:
    """The answer on standard output, errors on standard error, nothing else."""

    def __init__(self, out: Terminal, err: Terminal) -> None:
        self._out = out
        self._err = err

    def show(self, event: Event) -> None:
        match event:
            case RunFinished(outcome=Outcome.DETACHED):
                self._out.line(event.execution)
            case RunFinished():
                self._answer(event)
            case CancelFinished() if event.outcome is not CancelOutcome.CONFIRMED:
                cancel_outcome(self._err, event)
            case _:
                pass

    def close(self) -> None:
        self._out.flush()
        self._err.flush()

    def _answer(self, event: RunFinished) -> None:
        if event.answer and event.outcome is Outcome.SUCCEEDED:
            self._out.text(event.answer.removesuffix("\n"))
        if event.error:
            error_block(self._err, event.error, event.hint, event.details, code=event.facts.get("code", ""))
