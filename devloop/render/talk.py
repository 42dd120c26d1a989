"""One turn of a conversation as lines: what the agent does and says, and a word on how it ended."""

from __future__ import annotations

from devloop.render.closing import numbers_in_short
from devloop.render.errors import error_block
from devloop.render.messages import MessageWriter
from devloop.render.plain import PlainRenderer
from devloop.terminal.stream import Style, Terminal
from runcmd import events
from runcmd.events import CancelOutcome, CancelReason, Event, Outcome, Role


class TalkRenderer(PlainRenderer):
    """Without ids and phases, and without the message if it was typed on this terminal."""

    def __init__(
        self,
        out: Terminal,
        err: Terminal,
        *,
        typed: bool,
        writer: type[MessageWriter] = MessageWriter,
    ) -> None:
        super().__init__(out, err, named=True, writer=writer)
        self._typed = typed
        self._reason = CancelReason.INTERRUPTED

    def show(self, event: Event) -> None:
        match event:
            case events.ExecutionCreated() | events.PhaseChanged() | events.TurnFinished():
                return
            case (
                events.MessageStarted(role=Role.HUMAN)
                | events.MessageGrew(role=Role.HUMAN)
                | events.MessageReplaced(role=Role.HUMAN)
            ) if self._typed:
                return
            case _:
                super().show(event)

    def _cancel_started(self, event: events.CancelStarted) -> None:
        self._cancelling = True
        self._reason = event.reason
        if self._out.interactive and not self._typed and event.reason is CancelReason.INTERRUPTED:
            self._out.line()  # the terminal has just shown ^C

    def _cancelled(self, event: events.CancelFinished) -> None:
        if event.outcome is CancelOutcome.CONFIRMED:
            why = ": time is up" if self._reason is CancelReason.TIMEOUT else ""
            self._out.line(f"(cancelled{why})", Style.WARN)
        else:
            super()._cancelled(event)

    def _finished(self, event: events.RunFinished) -> None:
        cancelled = self._cancelling and event.outcome is Outcome.CANCELLED
        if event.error and not cancelled:
            self._out.flush()
            code = event.facts.get("code", "")
            error_block(self._err, self._why(event.error), event.hint, event.details, code=code)
        elif not cancelled and (numbers := numbers_in_short(event, self._out)):
            self._out.line(numbers, Style.DIM)
