"""The words for where things stand: kinds, phases, states, outcomes."""

from __future__ import annotations

from enum import Enum


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
    DELETED = "deleted"  # by `apply --prune`: the project no longer declares it


class Action(Enum):
    """What applying would do to a resource."""

    CREATE = "create"
    UPDATE = "update"
    UNCHANGED = "unchanged"
    DELETE = "delete"  # with `apply --prune`


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
    CANCELLED = "cancelled"  # it lost a race, or what it belongs to was cancelled


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
