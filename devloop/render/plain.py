"""A run as lines of text, for people and for logs."""

from __future__ import annotations

from typing import assert_never

from devloop.render import words
from devloop.render.closing import closing_block
from devloop.render.deployment import Deploying, DeploymentLines
from devloop.render.errors import cancel_outcome, error_block, warning
from devloop.render.messages import MessageWriter
from devloop.render.told import Line, told_line
from devloop.terminal.stream import Style, Terminal
from devloop.terminal.visible import visible
from runcmd import events
from runcmd.errors import EXIT_INTERRUPTED
from runcmd.events import Event

GOODBYE_SECONDS = 3
STYLES = {
    events.TaskState.COMPLETED: Style.GOOD,
    events.CallState.COMPLETED: Style.GOOD,
    events.Phase.COMPLETED: Style.GOOD,
    events.TaskState.FAILED: Style.BAD,
    events.CallState.FAILED: Style.BAD,
    events.Phase.FAILED: Style.BAD,
    events.Phase.CANCELLED: Style.WARN,
    events.TaskState.SKIPPED: Style.DIM,
}


# While it runs, besides messages.
Executing = (
    events.ExecutionCreated
    | events.PhaseChanged
    | events.ToolCallChanged
    | events.SubAgentChanged
    | events.TodoChanged
    | events.TaskStarted
    | events.TaskNoted
    | events.TaskFinished
)
Anytime = (
    events.Reconnecting
    | events.Reconnected
    | events.CancelStarted
    | events.CancelFinished
    | events.Warned
    | events.RunFinished
)


class PlainRenderer:
    """One line for each thing that happened; text that grows is written as it grows."""

    def __init__(self, out: Terminal, err: Terminal, *, named: bool = False) -> None:
        self._out = out
        self._err = err
        self._deployment = DeploymentLines(out, err, named=named)
        self._messages = MessageWriter(out)
        self._phase: events.Phase | None = None
        self._created = False
        self._cancelling = False  # then a cancelled run is not an error
        self._arguments_shown: set[str] = set()
        self._results: set[str] = set()

    def show(self, event: Event) -> None:
        match event:
            case events.MessageStarted(role=events.Role.TOOL, text=text) if text in self._results:
                return  # some servers repeat a tool's result as a message
            case (
                events.MessageStarted()
                | events.MessageGrew()
                | events.MessageReplaced()
                | events.ThinkingGrew()
            ):
                self._at_work()
                self._messages.show(event)
            case events.Nested():
                self._messages.close_line()
                self._nested(event)
            case _:
                self._messages.close_line()
                self._show_line(event)
        self._out.flush()
        self._err.flush()

    def close(self) -> None:
        self._messages.close_line()
        self._out.flush()

    def _show_line(self, event: Deploying | Executing | Line | Anytime) -> None:
        if isinstance(event, Deploying):
            self._deployment.show(event)
        elif isinstance(event, Line):
            self._at_work()
            told_line(self._out, event)
        elif isinstance(event, Executing):
            self._executing(event)
        else:
            self._anytime(event)

    def _executing(self, event: Executing) -> None:
        match event:
            case events.ExecutionCreated():
                self._execution(event)
            case events.PhaseChanged():
                self._phase_changed(event.phase)
            case events.ToolCallChanged():
                self._call("Tool", event, event.arguments, event.result)
            case events.SubAgentChanged():
                self._call("Sub-agent", event, event.input, event.output)
            case events.TodoChanged():
                self._step(words.TODO_ICONS.get(event.state, "☐"), "Todo", event.content, event.state)
            case events.TaskStarted():
                self._task_started(event)
            case events.TaskNoted():
                label = visible(words.task_label(event.task, event.name))
                self._detail(f"{label}: {words.one_line(event.text)}")
            case events.TaskFinished():
                self._task_finished(event)
            case _:
                assert_never(event)

    def _nested(self, event: events.Nested) -> None:
        """That it began, and why it failed."""
        label = visible(
            " › ".join(event.nested.path) if self._out.can_show("›") else " > ".join(event.nested.path)
        )
        match event.event:
            case events.ExecutionCreated(execution=execution):
                self._detail(f"{label}: execution {execution}")
            case events.PhaseChanged(phase=events.Phase.FAILED, error=error):
                self._detail(f"{label}: {words.one_line(error)}")
            case _:
                pass

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
                cancel_outcome(self._err, event)
            case events.Warned():
                warning(self._err, event.text, event.hint)
            case events.RunFinished():
                self._finished(event)
            case _:
                assert_never(event)

    def _execution(self, event: events.ExecutionCreated) -> None:
        self._created = True
        if self._out.written:
            self._out.line()
        self._out.good(f"{event.kind.title} execution started: {event.name}")
        self._out.line(f"Execution ID: {event.execution}")
        self._out.line()

    def _phase_changed(self, phase: events.Phase) -> None:
        if phase is self._phase:
            return
        self._phase = phase
        icon, text = words.PHASES[phase]
        self._out.line(f"{self._out.icon(icon)}{text}", STYLES.get(phase))
        self._out.line()

    def _at_work(self) -> None:
        """Shows that the execution started, even if that phase was too short to be seen."""
        if self._created and self._phase in (None, events.Phase.PENDING):
            self._phase_changed(events.Phase.IN_PROGRESS)

    def _task_started(self, event: events.TaskStarted) -> None:
        self._at_work()
        label, state = words.task_label(event.task, event.name), events.TaskState.RUNNING
        self._step(words.TASK_ICONS[state], "Task", label, state.value)

    def _task_finished(self, event: events.TaskFinished) -> None:
        label = words.task_label(event.task, event.name)
        self._step(words.TASK_ICONS[event.state], "Task", label, event.state.value, STYLES.get(event.state))
        if event.error:
            self._detail(event.error)

    def _call(
        self, what: str, event: events.ToolCallChanged | events.SubAgentChanged, given: str, result: str
    ) -> None:
        self._step(
            words.CALL_ICONS[event.state], what, event.name, event.state.value, STYLES.get(event.state)
        )
        if given not in ("", "{}") and event.call not in self._arguments_shown:
            self._arguments_shown.add(event.call)
            self._detail(words.one_line(given))
        if event.error:
            self._detail(event.error)
        elif event.state is events.CallState.COMPLETED and result:
            self._results.add(result)
            self._detail(f"→ {words.one_line(result)}" if self._out.can_show("→") else words.one_line(result))

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

    def _finished(self, event: events.RunFinished) -> None:
        phase = events.Phase.__members__.get(event.outcome.name.replace("SUCCEEDED", "COMPLETED"))
        if phase is not None and event.execution:
            self._phase_changed(phase)
            self._output(event)
            closing_block(self._out, event)
        if event.outcome is events.Outcome.DETACHED and not event.error:
            self._out.line(event.hint)
        elif event.exit_code == EXIT_INTERRUPTED and event.outcome is events.Outcome.ERROR:
            self._err.line(event.error)
        elif event.error and not (self._cancelling and event.outcome is events.Outcome.CANCELLED):
            error_block(self._err, event.error, event.hint, () if event.echoed else event.details)

    def _output(self, event: events.RunFinished) -> None:
        """What a workflow computed; an agent's answer is on the screen already."""
        if event.kind is events.TargetKind.WORKFLOW and event.answer:
            self._out.lines(f"Output: {words.pretty_json(event.answer)}")
            self._out.line()

    def _step(self, icon: str, what: str, name: str, state: str, style: Style | None = None) -> None:
        self._out.line(f"{self._out.icon(icon)}{what}: {name} [{words.state_word(state)}]", style)

    def _detail(self, text: str) -> None:
        for line in text.splitlines():
            self._out.line(f"   {line}", Style.DIM)
