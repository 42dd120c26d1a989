"""Events in, state out: all that a live screen shows of a run, without a clock and without a terminal."""

from __future__ import annotations

from devloop.render import words
from devloop.render.live.tree import Execution, Node, What
from runcmd import events
from runcmd.events import CallState, Event, ExecutionEvent, Role, TargetKind

MOST_ARGUMENTS = 200  # characters
MESSAGE = {What.MESSAGE: " message", What.THINKING: " thinking"}  # no call has such a name
KINDS = {TargetKind.AGENT: What.AGENT, TargetKind.WORKFLOW: What.WORKFLOW}


class RunView:
    """One run."""

    def __init__(self, now: float) -> None:
        self.began = now
        self.trouble = ""  # that concerns all of it: a lost connection, a cancellation
        self.cancelling = False
        self.root: Node | None = None  # its execution, while it is at work
        self.tokens = 0
        self.cost: float | None = None  # in dollars; None: no price is known
        self._executions: dict[str, Execution] = {}
        self._own = ""

    def see(self, event: Event, now: float) -> None:
        """What happened at the moment `now`, in seconds."""
        match event:
            case events.ExecutionCreated():
                self.began, self._own = now, event.execution
                self.root = Node(KINDS[event.kind], event.name, now)
                self._executions = {event.execution: Execution(self.root)}
            case events.Reconnecting():
                self.trouble = f"connection lost, trying again (attempt {event.attempt})"
            case events.Reconnected():
                self.trouble = ""
            case events.CancelStarted():
                self.cancelling = True
                self.trouble = f"cancelling ({words.REASONS[event.reason]})"
            case events.RunFinished():
                self.root = None
                self._executions = {}
            case events.TurnFinished():
                self._count(event.usage)
            case events.Nested(event=events.TurnFinished() as turn):
                self._count(turn.usage)
            case events.Nested():
                self._nested(event.nested, event.event, now)
            case _:
                if own := self._executions.get(self._own):
                    _see(own, event, now)

    def _count(self, usage: events.Usage) -> None:
        self.tokens += usage.input_tokens + usage.output_tokens
        if usage.cost_usd is not None:
            self.cost = (self.cost or 0) + usage.cost_usd

    def _nested(self, nested: events.NestedExecution, event: ExecutionEvent, now: float) -> None:
        execution = self._executions.get(nested.execution)
        if execution is None:
            above = self._executions.get(nested.parent) or self._executions.get(self._own)
            if above is None:
                return
            node = Node(KINDS[nested.kind], nested.name, now)
            execution = above.begin_nested(nested.origin, nested.execution, node)
            self._executions[nested.execution] = execution
        if isinstance(event, events.PhaseChanged) and event.phase.terminal:
            self._executions.pop(nested.execution).end()
        else:
            _see(execution, event, now)


def _see(execution: Execution, event: Event, now: float) -> None:
    """An event of this execution."""
    match event:
        case events.TaskStarted():
            execution.begin_task(event.task, now, _parts(event))
        case events.TaskNoted():
            if node := execution.tasks.get(event.task):
                node.note = words.one_line(event.text)
        case events.TaskFinished():
            execution.end_task(event.task)
        case events.ToolCallChanged():
            _call(execution, What.TOOL, event, event.arguments, now)
        case events.SubAgentChanged():
            _call(execution, What.SUB_AGENT, event, event.input, now)
        case events.MessageStarted(role=Role.AI) | events.MessageReplaced(role=Role.AI):
            _end_message(execution)
            _grow(execution, What.MESSAGE, event.text, now)
        case events.MessageGrew(role=Role.AI):
            _grow(execution, What.MESSAGE, event.more, now)
        case events.ThinkingGrew(call=""):
            _grow(execution, What.THINKING, event.more, now)
        case events.MessageStarted():
            _end_message(execution)
        case events.Waits():
            _wait(execution, event, now)
        case events.WaitEnded():
            execution.end_wait(event.task, event.on)
        case _:
            pass


def _grow(execution: Execution, what: What, more: str, now: float) -> None:
    key = MESSAGE[what]
    if key not in execution.calls:
        execution.begin_call(key, Node(what, "", now))
    execution.calls[key].grow(more)


def _end_message(execution: Execution) -> None:
    for key in MESSAGE.values():
        execution.end_call(key)


def _wait(execution: Execution, event: events.Waits, now: float) -> None:
    node = Node(What.WAITING, words.one_line(event.text), now, "waiting")
    node.hint = event.hint
    if event.seconds is not None:
        node.until = now + event.seconds
    execution.begin_wait(event.task, event.on, node)


def _call(
    execution: Execution,
    what: What,
    event: events.ToolCallChanged | events.SubAgentChanged,
    given: str,
    now: float,
) -> None:
    _end_message(execution)  # it has said what it does
    if event.state in (CallState.COMPLETED, CallState.FAILED):
        execution.end_call(event.call)
        return
    node = execution.calls.get(event.call)
    if node is None:
        node = Node(what, event.name, now)
        execution.begin_call(event.call, node)
    node.state = event.state.value
    node.note = words.one_line(given, MOST_ARGUMENTS) if given not in ("", "{}") else ""


def _parts(event: events.TaskStarted) -> int | None:
    return event.parts if event.parts is not None else 0 if event.kind in ("for", "fork") else None
