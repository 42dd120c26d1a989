"""What an execution says that another one started, and where in the run it is."""

from __future__ import annotations

from runcmd.events.execution import (
    ExecutionCreated,
    MessageGrew,
    MessageReplaced,
    MessageStarted,
    PhaseChanged,
    SubAgentChanged,
    TaskFinished,
    TaskNoted,
    TaskStarted,
    TodoChanged,
    ToolCallChanged,
)
from runcmd.events.questions import QuestionAnswered, QuestionAsked
from runcmd.events.running import Warned
from runcmd.events.states import TargetKind
from runcmd.exchanges import Requested
from runcmd.frozen import Frozen
from runcmd.told import Told

ExecutionEvent = (
    ExecutionCreated
    | PhaseChanged
    | MessageStarted
    | MessageGrew
    | MessageReplaced
    | ToolCallChanged
    | SubAgentChanged
    | TodoChanged
    | TaskStarted
    | TaskNoted
    | TaskFinished
    | QuestionAsked
    | QuestionAnswered
    | Told
    | Requested
    | Warned
)
"""What an execution can say, the run's own and each nested one."""


class NestedExecution(Frozen):
    """An execution within another one: an agent or workflow that a workflow calls, a sub-agent."""

    execution: str  # its id; of a sub-agent, which has none: `<its parent's id>/<the id of the call>`
    kind: TargetKind
    name: str  # of the agent or workflow
    path: tuple[
        str, ...
    ]  # a task (`loop[2]/ask`) or sub-agent in each execution from the run's own downwards
    parent: str  # id of the execution that started it
    origin: str  # what started it there: the `task` or `call` of that execution's events


class Nested(Frozen):
    """What a nested execution says. `ExecutionCreated` comes first, a `PhaseChanged` to its end last."""

    nested: NestedExecution
    event: ExecutionEvent
