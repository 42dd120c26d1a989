"""What an execution says while it works."""

from __future__ import annotations

from runcmd.events.states import CallState, Phase, Role, TargetKind, TaskState
from runcmd.frozen import Frozen


class ExecutionCreated(Frozen):
    """The backend accepted the execution."""

    execution: str
    kind: TargetKind
    name: str
    session: str = ""  # of an agent: the conversation that it belongs to
    resumed_from: str = ""  # the execution that it goes on with
    resumed_at: str = ""  # and the tasks that run first
    only_task: str = ""  # the one task that it runs
    values_of: str = ""  # the execution whose values that task has


class PhaseChanged(Frozen):
    """The execution is in another phase."""

    execution: str
    phase: Phase
    error: str = ""  # why it failed


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
    diff: str = ""  # unified, of a file that it changed
    exit_status: int | None = None  # of a command that it ran


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
    parts: int | None = None  # items of a FOR, branches of a FORK; None: it has none, or nobody says


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
    kept_from: str = ""  # the execution that ran it: it did not run again, and did not start here
