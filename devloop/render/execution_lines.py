"""What one execution says, as lines: its phases, messages, calls and tasks."""

from __future__ import annotations

from typing import assert_never

from devloop.render import words
from devloop.render.diffs import show_facts
from devloop.render.errors import warning
from devloop.render.messages import MessageWriter
from devloop.render.questions import Questions, question_lines
from devloop.render.requests import RequestLines
from devloop.render.said import Said
from devloop.render.told import Line, told_line
from devloop.terminal.stream import Style, Terminal
from devloop.terminal.visible import visible
from runcmd import events
from runcmd.reasons import reason
from stigmer_api.bodies import in_short

STYLES = {
    events.TaskState.COMPLETED: Style.GOOD,
    events.CallState.COMPLETED: Style.GOOD,
    events.Phase.COMPLETED: Style.GOOD,
    events.TaskState.FAILED: Style.BAD,
    events.CallState.FAILED: Style.BAD,
    events.Phase.FAILED: Style.BAD,
    events.Phase.CANCELLED: Style.WARN,
    events.TaskState.SKIPPED: Style.DIM,
    events.TaskState.CANCELLED: Style.DIM,
}
STARTED = "execution "  # how a note about what a task started begins
AGAIN = 60  # characters of a reason that stands above
SUB_AGENT = "/"  # in the id of what is no execution of its own
Texts = events.MessageStarted | events.MessageGrew | events.MessageReplaced | events.ThinkingGrew
Steps = (
    events.ExecutionCreated
    | events.PhaseChanged
    | events.ToolCallChanged
    | events.SubAgentChanged
    | events.TodoChanged
    | events.TaskStarted
    | events.TaskNoted
    | events.TaskFinished
)
Executing = Texts | Steps | Questions | Line | events.Requested | events.Warned


class ExecutionLines:
    """One line for each thing that happened; text that grows is written as it grows."""

    def __init__(
        self,
        out: Terminal,
        said: Said,
        writer: type[MessageWriter] = MessageWriter,
        *,
        nested: bool = False,
    ) -> None:
        """`nested`: another execution started it, which says what became of it."""
        self._out = out
        self._said = said
        self._nested = nested
        self._messages = writer(out, said)
        self._requests = RequestLines(out)
        self._phase: events.Phase | None = None
        self._created = False
        self._arguments_shown: set[str] = set()
        self._results: set[str] = set()
        self._of_sub_agents: set[tuple[str, str]] = set()  # names and outputs
        self._pending: list[events.ToolCallChanged] = []  # while the message that makes them grows
        self._notes: set[tuple[str, str]] = set()
        self._ids: dict[str, list[str]] = {}  # what a task started, in notes that are not shown yet

    def show(self, event: Executing) -> None:
        if isinstance(event, Texts):
            self._text(event)
            return
        if isinstance(event, events.ToolCallChanged) and self._is_early(event):
            self._pending.append(event)
            return
        self.close_line()
        if isinstance(event, Line):
            self._at_work()
            told_line(self._out, event)
        elif isinstance(event, events.Requested):
            self._at_work()
            self._requests.show(event)
        elif isinstance(event, Questions):
            question_lines(self._out, event)
        elif isinstance(event, events.Warned):
            warning(self._out, event.text, event.hint)
        else:
            self._step(event)

    def close_line(self) -> None:
        """Ends the line of a message that grows."""
        self._messages.close_line()
        pending, self._pending = self._pending, []
        for each in pending:
            self._step(each)

    def _is_early(self, event: events.ToolCallChanged) -> bool:
        """Is it only announced, by a message that still grows? Its line stays whole."""
        return event.state is events.CallState.PENDING and not self._out.at_line_start

    def phase_changed(self, phase: events.Phase) -> None:
        """Says it, unless it was said, or will be: as the state of a task."""
        if phase is self._phase or self._nested:
            return
        self._phase = phase
        icon, text = words.PHASES[phase]
        self._out.line(f"{self._out.icon(icon)}{text}", STYLES.get(phase))
        self._out.line()

    def _text(self, event: Texts) -> None:
        match event:
            case events.MessageStarted(role=events.Role.TOOL, text=text) if text in self._results:
                pass  # some servers repeat a tool's result as a message
            case (
                events.MessageStarted(role=events.Role.HUMAN, text=text)
                | events.MessageReplaced(role=events.Role.HUMAN, text=text)
            ) if self._nested:
                self._asked(text)
            case events.MessageGrew(role=events.Role.HUMAN) if self._nested:
                pass  # in short it is known already
            case _:
                self._at_work()
                self._messages.show(event)

    def _asked(self, text: str) -> None:
        """What a task or another agent sent, in short: nobody typed it here."""
        self.close_line()
        if self._said.first(text):
            icon, _ = words.ROLES[events.Role.HUMAN]
            self._out.line(f"{self._out.icon(icon)}Asked: {words.one_line(text)}")

    def _step(self, event: Steps) -> None:
        match event:
            case events.ExecutionCreated():
                self._execution(event)
            case events.PhaseChanged():
                self.phase_changed(event.phase)
            case events.ToolCallChanged():
                self._call("Tool", event, event.arguments, event.result)
            case events.SubAgentChanged():
                self._call("Sub-agent", event, event.input, event.output)
            case events.TodoChanged():
                icon = words.TODO_ICONS.get(event.state, "☐")
                self._line(icon, f"Todo: {event.content}", event.state)
            case events.TaskStarted():
                self._task_started(event)
            case events.TaskNoted():
                self._noted(event)
            case events.TaskFinished():
                self._task_finished(event)
            case _:
                assert_never(event)

    def _execution(self, event: events.ExecutionCreated) -> None:
        if self._nested:
            if SUB_AGENT not in event.execution:
                self._said.note(event.execution)
                self._out.line(f"execution {event.execution}", Style.DIM)
            return
        self._created = True
        if self._out.written:
            self._out.line()
        self._out.good(f"{event.kind.title} execution started: {event.name}")
        self._out.line(f"Execution ID: {event.execution}")
        if origin := words.origin(event):
            self._out.line(origin)
        self._out.line()

    def _at_work(self) -> None:
        """Shows that the execution started, even if that phase was too short to be seen."""
        if self._created and self._phase in (None, events.Phase.PENDING):
            self.phase_changed(events.Phase.IN_PROGRESS)

    def _task_started(self, event: events.TaskStarted) -> None:
        self._at_work()
        label, state = words.task_label(event.task, event.name), events.TaskState.RUNNING
        self._line(words.TASK_ICONS[state], f"Task: {label}", state.value)

    def _noted(self, event: events.TaskNoted) -> None:
        if (event.task, event.text) in self._notes:
            return  # a late snapshot has it again
        self._notes.add((event.task, event.text))
        label = visible(words.task_label(event.task, event.name))
        note = f"{label}: {words.one_line(in_short(event.text))}"
        if event.text.startswith(STARTED):
            self._ids.setdefault(event.task, []).append(note)  # it will say so itself
        else:
            self._detail(note)

    def _task_finished(self, event: events.TaskFinished) -> None:
        for note in self._ids.pop(event.task, ()):
            if note.rpartition(STARTED)[2] not in self._said:
                self._detail(note)
        label = words.task_label(event.task, event.name)
        if event.kept_from:
            self._line(words.TASK_ICONS[event.state], f"Task: {label}", "kept", Style.DIM)
            return
        skipped = event.state is events.TaskState.SKIPPED
        self._line(
            words.TASK_ICONS[event.state],
            f"Task: {label}",
            event.state.value,
            STYLES.get(event.state),
            None if skipped else event.seconds,
        )
        if event.state is events.TaskState.CANCELLED:
            self._detail(event.error)
        else:
            self._failure(event.error)

    def _call(
        self, what: str, event: events.ToolCallChanged | events.SubAgentChanged, given: str, result: str
    ) -> None:
        ended = event.state in (events.CallState.COMPLETED, events.CallState.FAILED)
        self._line(
            words.CALL_ICONS[event.state],
            f"{what}: {event.name}",
            event.state.value,
            STYLES.get(event.state),
            event.seconds if ended else None,
        )
        if given not in ("", "{}") and event.call not in self._arguments_shown:
            self._arguments_shown.add(event.call)
            self._said.note(given)
            self._detail(words.one_line(given))
        if event.error:
            self._failure(event.error)
        elif event.state is events.CallState.COMPLETED and result:
            self._results.add(result)
            if self._is_new_result(what, event.name, result):
                self._detail(f"→ {words.one_line(in_short(result))}")
        if ended and isinstance(event, events.ToolCallChanged):
            show_facts(self._out, event)

    def _is_new_result(self, what: str, name: str, result: str) -> bool:
        """A sub-agent's output is also what its tool returns, and what it said last."""
        if what == "Tool":
            return (name, result) not in self._of_sub_agents
        self._of_sub_agents.add((name, result))
        return result not in self._said

    def _failure(self, text: str) -> None:
        """In full where it is said first; after that only what it made fail."""
        if not text:
            return
        why = reason(text)
        if self._said.first(why.said):
            self._detail(why.full)
        else:
            self._detail(f"{': '.join(why.steps) or words.one_line(why.said, AGAIN)} (see above)")

    def _line(
        self, icon: str, what: str, state: str, style: Style | None = None, seconds: float | None = None
    ) -> None:
        took = "" if seconds is None else f" {words.duration(seconds)}"
        self._out.line(f"{self._out.icon(icon)}{what} [{words.state_word(state)}]{took}", style)

    def _detail(self, text: str) -> None:
        for line in text.splitlines():
            self._out.line(f"   {line}", Style.DIM)
