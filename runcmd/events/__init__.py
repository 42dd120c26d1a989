"""All that a run has to say, in the order in which it happens."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from runcmd.events.deployment import (
    ApplyFinished,
    BackendConnected,
    ManifestApplied,
    ManifestsLoaded,
    ProgramWrote,
    ProjectFound,
    ResourceApplied,
    ResourcePlanned,
    SynthesisFinished,
    SynthesisLasted,
    SynthesisStarted,
    TargetResolved,
)
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
from runcmd.events.nested import ExecutionEvent, Nested, NestedExecution
from runcmd.events.questions import QuestionAnswered, QuestionAsked
from runcmd.events.running import (
    CancelFinished,
    CancelStarted,
    Reconnected,
    Reconnecting,
    RunFinished,
    Totals,
    Warned,
)
from runcmd.events.states import (
    Action,
    AppliedChange,
    CallState,
    CancelOutcome,
    CancelReason,
    Outcome,
    Phase,
    Role,
    TargetKind,
    TaskState,
)
from runcmd.exchanges import (
    Detail,
    Excerpt,
    HttpExchanged,
    HttpHeader,
    HttpPhases,
    ModelAsked,
    OfferedTool,
    Requested,
    SentMessage,
)
from runcmd.told import (
    NotesDropped,
    Printed,
    Source,
    ThinkingGrew,
    Told,
    TurnFinished,
    Usage,
    WaitEnded,
    Waits,
)

Event = (
    ProjectFound
    | SynthesisStarted
    | SynthesisLasted
    | ProgramWrote
    | SynthesisFinished
    | ManifestsLoaded
    | ManifestApplied
    | BackendConnected
    | ResourcePlanned
    | ResourceApplied
    | ApplyFinished
    | TargetResolved
    | ExecutionEvent
    | Nested
    | Reconnecting
    | Reconnected
    | CancelStarted
    | CancelFinished
    | RunFinished
)
"""One of these; the last is always RunFinished."""
Emit = Callable[[Event], Awaitable[None]]

__all__ = [
    "Action",
    "AppliedChange",
    "ApplyFinished",
    "BackendConnected",
    "CallState",
    "CancelFinished",
    "CancelOutcome",
    "CancelReason",
    "CancelStarted",
    "Detail",
    "Emit",
    "Event",
    "Excerpt",
    "ExecutionCreated",
    "ExecutionEvent",
    "HttpExchanged",
    "HttpHeader",
    "HttpPhases",
    "ManifestApplied",
    "ManifestsLoaded",
    "MessageGrew",
    "MessageReplaced",
    "MessageStarted",
    "ModelAsked",
    "Nested",
    "NestedExecution",
    "NotesDropped",
    "OfferedTool",
    "Outcome",
    "Phase",
    "PhaseChanged",
    "Printed",
    "ProgramWrote",
    "ProjectFound",
    "QuestionAnswered",
    "QuestionAsked",
    "Reconnected",
    "Reconnecting",
    "Requested",
    "ResourceApplied",
    "ResourcePlanned",
    "Role",
    "RunFinished",
    "SentMessage",
    "Source",
    "SubAgentChanged",
    "SynthesisFinished",
    "SynthesisLasted",
    "SynthesisStarted",
    "TargetKind",
    "TargetResolved",
    "TaskFinished",
    "TaskNoted",
    "TaskStarted",
    "TaskState",
    "ThinkingGrew",
    "TodoChanged",
    "Told",
    "ToolCallChanged",
    "Totals",
    "TurnFinished",
    "Usage",
    "WaitEnded",
    "Waits",
    "Warned",
]
