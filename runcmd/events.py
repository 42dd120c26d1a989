"""All that a run has to say, in the order in which it happens."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import field
from enum import Enum
from pathlib import Path

from runcmd.frozen import Frozen
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

__all__ = [
    "NotesDropped",
    "Printed",
    "Source",
    "ThinkingGrew",
    "Told",
    "TurnFinished",
    "Usage",
    "WaitEnded",
    "Waits",
]


class TargetKind(Enum):
    """What can be run. The value is the word that people see."""

    AGENT = "agent"
    WORKFLOW = "workflow"

    @property
    def title(self) -> str:
        return self.value.capitalize()


class AppliedChange(Enum):
    """What applying did to a resource."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


class Action(Enum):
    """What applying would do to a resource."""

    CREATE = "create"
    UPDATE = "update"
    UNCHANGED = "unchanged"


class Phase(Enum):
    """The phase of an execution, in the same words for agents and workflows."""

    PENDING = "pending"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def terminal(self) -> bool:
        return self in (Phase.COMPLETED, Phase.FAILED, Phase.CANCELLED)


class TaskState(Enum):
    """The state of a workflow task. Ordered: a task never goes back."""

    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    SKIPPED = "skipped"


class CallState(Enum):
    """The state of a tool call or a sub-agent."""

    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"


class Role(Enum):
    """Who said a message."""

    HUMAN = "human"
    AI = "ai"
    TOOL = "tool"
    SYSTEM = "system"


class CancelReason(Enum):
    """Why a run is being cancelled. Ordered by severity: a reason only ever escalates."""

    SUPERSEDED = "superseded"
    TIMEOUT = "timeout"
    INTERRUPTED = "interrupted"
    TERMINATED = "terminated"


class CancelOutcome(Enum):
    """The backend's answer to a cancellation."""

    CONFIRMED = "confirmed"
    ALREADY_FINISHED = "already_finished"
    STILL_RUNNING = "still_running"
    UNSUPPORTED = "unsupported"  # a server without the extension
    UNREACHABLE = "unreachable"


class Outcome(Enum):
    """How a run ended."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"  # the execution failed
    CANCELLED = "cancelled"
    DETACHED = "detached"  # --no-follow, or told to leave it running
    ERROR = "error"  # it never got as far as a terminal execution


class ProjectFound(Frozen):
    """A Stigmer.yaml was read."""

    directory: Path
    name: str
    file: Path


class SynthesisStarted(Frozen):
    """The project's program is being run to learn what it declares."""

    main: Path


class SynthesisLasted(Frozen):
    """The project's program runs for a while already."""

    main: Path
    seconds: float


class ProgramWrote(Frozen):
    """The project's program printed something during synthesis. Emitted as it is printed, in whole lines."""

    stream: str  # "stdout" or "stderr"
    text: str


class SynthesisFinished(Frozen):
    """The project's manifest is known."""

    agents: int
    workflows: int
    seconds: float


class BackendConnected(Frozen):
    """The backend is reachable."""

    address: str
    started: bool  # by us, just now


class ResourcePlanned(Frozen):
    """What applying would do to a resource."""

    kind: TargetKind
    name: str
    action: Action


class ResourceApplied(Frozen):
    """The backend has this agent or workflow as the code declares it."""

    kind: TargetKind
    name: str
    slug: str
    id: str
    change: AppliedChange


class ApplyFinished(Frozen):
    """The whole project is deployed."""

    agents: int
    workflows: int
    changed: int  # of them, created or updated
    seconds: float


class TargetResolved(Frozen):
    """The one agent or workflow that this run executes."""

    kind: TargetKind
    name: str
    slug: str
    id: str
    description: str
    how: str  # "given", "only", "default", "chosen"


class ExecutionCreated(Frozen):
    """The backend accepted the execution."""

    execution: str
    kind: TargetKind
    name: str


class PhaseChanged(Frozen):
    """The execution is in another phase."""

    execution: str
    phase: Phase


class MessageStarted(Frozen):
    """A message appeared, with the text it has so far."""

    index: int
    role: Role
    text: str


class MessageGrew(Frozen):
    """A message got longer: `more` follows what was shown before."""

    index: int
    role: Role
    more: str


class MessageReplaced(Frozen):
    """A message's text does not continue what was shown: show all of it again."""

    index: int
    role: Role
    text: str


class ToolCallChanged(Frozen):
    """A tool call is in another state."""

    call: str
    name: str
    state: CallState
    arguments: str  # JSON
    result: str
    error: str
    seconds: float | None


class SubAgentChanged(Frozen):
    """A sub-agent is in another state."""

    call: str
    name: str
    state: CallState
    input: str
    output: str
    error: str
    seconds: float | None


class TodoChanged(Frozen):
    """An item of the agent's todo list is new or in another state."""

    todo: str
    content: str
    state: str  # "pending", "in_progress", "completed", "cancelled"


class TaskStarted(Frozen):
    """A workflow task began."""

    task: str  # its path: `loop[2]/fetch`
    name: str
    kind: str  # `http_call`


class TaskNoted(Frozen):
    """Something about a task that still runs: a retry, a nested execution."""

    task: str
    name: str
    text: str


class TaskFinished(Frozen):
    """A workflow task succeeded, failed or was skipped."""

    task: str
    name: str
    kind: str
    state: TaskState
    seconds: float | None
    error: str


class Reconnecting(Frozen):
    """The connection to the execution is lost; the client tries again."""

    attempt: int
    delay: float  # seconds
    reason: str


class Reconnected(Frozen):
    """The connection is back; no event was lost."""

    attempt: int


class CancelStarted(Frozen):
    """A cancellation was requested."""

    execution: str  # empty: none exists yet
    reason: CancelReason


class CancelFinished(Frozen):
    """The result of a cancellation."""

    execution: str
    outcome: CancelOutcome
    seconds: float


class Warned(Frozen):
    """A problem that does not stop the run."""

    text: str
    hint: str = ""


class Totals(Frozen):
    """The numbers of the closing block."""

    messages: int = 0
    tool_calls: int = 0
    tasks: int = 0
    completed: int = 0
    failed: int = 0
    skipped: int = 0
    usage: Usage = Usage()  # of all models, those of nested executions too


class RunFinished(Frozen):
    """The run is over. Exactly one, always the last."""

    outcome: Outcome
    exit_code: int
    execution: str = ""
    kind: TargetKind | None = None
    name: str = ""
    seconds: float | None = None  # of the execution, by the backend's clock
    totals: Totals = Totals()
    answer: str = ""  # last agent text, or the workflow's output as JSON
    error: str = ""
    hint: str = ""
    details: Sequence[str] = ()  # a traceback, the lines of a block
    facts: Mapping[str, str] = field(default_factory=dict)  # for machines: error kind, file, line
    echoed: bool = False  # the program wrote the details, and program_wrote had them


Event = (
    ProjectFound
    | SynthesisStarted
    | SynthesisLasted
    | ProgramWrote
    | SynthesisFinished
    | BackendConnected
    | ResourcePlanned
    | ResourceApplied
    | ApplyFinished
    | TargetResolved
    | ExecutionCreated
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
    | ThinkingGrew
    | TurnFinished
    | Waits
    | WaitEnded
    | Printed
    | NotesDropped
    | Reconnecting
    | Reconnected
    | CancelStarted
    | CancelFinished
    | Warned
    | RunFinished
)
Emit = Callable[[Event], Awaitable[None]]
