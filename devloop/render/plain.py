"""A run as lines of text, for people and for logs."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from devloop.render import words
from devloop.render.closing import closing_block
from devloop.render.deployment import Deploying, DeploymentLines
from devloop.render.errors import cancel_outcome, error_block, warning
from devloop.render.execution_lines import Executing
from devloop.render.messages import MessageWriter
from devloop.render.said import Said
from devloop.render.voices import Voices
from devloop.terminal.stream import Style, Terminal
from runcmd import events
from runcmd.errors import EXIT_INTERRUPTED
from runcmd.events import Event
from runcmd.reasons import reason

GOODBYE_SECONDS = 3
OF_EXECUTIONS = (Executing, events.Nested)
Anytime = (
    events.Reconnecting
    | events.Reconnected
    | events.CancelStarted
    | events.CancelFinished
    | events.Warned
    | events.RunFinished
)


class PlainRenderer:
    """The lines of the deployment, of the execution, and of how the run ended."""

    def __init__(
        self,
        out: Terminal,
        err: Terminal,
        *,
        named: bool = False,
        writer: type[MessageWriter] = MessageWriter,
    ) -> None:
        self._out = out
        self._err = err
        self._said = Said()
        self._deployment = DeploymentLines(out, err, named=named)
        self._voices = Voices(out, self._said, writer)
        self._cancelling = False  # then a cancelled run is not an error

    def show(self, event: Event) -> None:
        if isinstance(event, events.Warned):  # one of the run's own: on standard error
            self._voices.close_lines()
            self._anytime(event)
        elif isinstance(event, OF_EXECUTIONS):
            self._voices.show(event)
        else:
            self._voices.close_lines()
            if isinstance(event, Deploying):
                self._deployment.show(event)
            else:
                self._anytime(event)
        self._out.flush()
        self._err.flush()

    def close(self) -> None:
        self._voices.close_lines()
        self._out.flush()

    def _anytime(self, event: Anytime) -> None:
        match event:
            case events.Reconnecting(attempt=1):
                again = f"trying again in {words.duration(event.delay)}"
                self._err.line(f"Connection lost ({event.reason}); {again}", Style.WARN)
            case events.Reconnecting():
                pass  # said once; how it ends is said below
            case events.Reconnected():
                self._err.line("Connected again", Style.DIM)
            case events.CancelStarted():
                self._cancel_started(event)
            case events.CancelFinished():
                self._cancelled(event)
            case events.Warned():
                warning(self._err, event.text, event.hint)
            case events.RunFinished():
                self._finished(event)
            case _:
                assert_never(event)

    def _cancel_started(self, event: events.CancelStarted) -> None:
        self._cancelling = True
        if self._err.interactive and event.reason is events.CancelReason.INTERRUPTED:
            self._err.write("\n")  # the terminal has just shown ^C
        reason = words.REASONS[event.reason]
        if event.execution:
            limit = f"it may take {GOODBYE_SECONDS} s"
            self._err.line(f"cancelling {event.execution} … ({reason}; {limit})", Style.WARN)
        else:
            self._err.line(f"stopping … ({reason})", Style.WARN)

    def _cancelled(self, event: events.CancelFinished) -> None:
        cancel_outcome(self._err, event)

    def _finished(self, event: events.RunFinished) -> None:
        phase = events.Phase.__members__.get(event.outcome.name.replace("SUCCEEDED", "COMPLETED"))
        if phase is not None and event.execution:
            self._voices.own.phase_changed(phase)
            self._output(event)
            closing_block(self._out, event)
            event = replace(event, error=self._why(event.error))
        if event.outcome is events.Outcome.DETACHED and not event.error:
            self._out.line(event.hint)
        elif event.exit_code == EXIT_INTERRUPTED and event.outcome is events.Outcome.ERROR:
            self._err.line(event.error)
        elif event.error and not (self._cancelling and event.outcome is events.Outcome.CANCELLED):
            error_block(
                self._err,
                event.error,
                event.hint,
                () if event.echoed else event.details,
                code=event.facts.get("code", ""),
            )

    def _why(self, error: str) -> str:
        """One line, if the reason stands below its task already."""
        why = reason(error)
        return why.one_line if why.said in self._said else why.full

    def _output(self, event: events.RunFinished) -> None:
        """What a workflow computed; an agent's answer is on the screen already."""
        if event.kind is events.TargetKind.WORKFLOW and event.answer:
            for line in f"Output: {words.pretty_json(self._said.shortened(event.answer))}".split("\n"):
                self._out.line(line)
            self._out.line()
