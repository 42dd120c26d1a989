"""What an execution says, record by record: appended to the store, folded into its status."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import ClassVar

from stigmerd.store.json import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Began:
    """The execution left PENDING."""

    at: str  # RFC 3339, like every time below


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskBegan:
    """A workflow task started, or starts again after a crash (same key)."""

    key: str  # path in the run: `loop[2]/fetch`
    name: str
    kind: str  # `SET`, `HTTP_CALL`, …
    input: Json
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskNoted:
    """Of a task that still runs: `attempt`, `retry_in`, `execution_id`, …; merged into its metadata."""

    key: str
    metadata: dict[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskEnded:
    """A workflow task ended. `state` is COMPLETED, FAILED, SKIPPED or CANCELLED; `error` then says why."""

    key: str
    name: str
    kind: str
    state: str
    output: Json
    error: str
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageSet:
    """A message appeared or changed. Only `complete` ones are for clients that print a message once."""

    index: int
    role: str  # HUMAN, AI, TOOL, SYSTEM
    content: str
    complete: bool
    at: str
    metadata: dict[str, Json]
    sub_agent: str = ""  # id of the one that says it; its messages are counted for themselves


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCallSet:
    """A tool call appeared or changed."""

    id: str
    message: int  # index of the AI message that made it
    name: str
    args: dict[str, Json]
    status: str  # PENDING, RUNNING, COMPLETED, FAILED
    result: str
    error: str
    started_at: str
    completed_at: str
    metadata: dict[str, Json] = field(default_factory=dict)  # facts that the contract has no field for


@dataclass(frozen=True, slots=True, kw_only=True)
class SubAgentSet:
    """A sub-agent appeared or changed."""

    id: str
    name: str
    input: str
    output: str
    status: str  # PENDING, IN_PROGRESS, COMPLETED, FAILED
    error: str
    started_at: str
    completed_at: str
    metadata: dict[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class TodoSet:
    """An item of the agent's todo list appeared or changed."""

    id: str
    content: str
    status: str  # PENDING, IN_PROGRESS, COMPLETED, CANCELLED
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionSet:
    """A tool call asks a person something, or the answer came: see `questions.py`."""

    id: str  # of an approval: that of the call
    call: str
    kind: str  # `approval`, `form`, `link`, `sampling`
    input: dict[str, Json]  # what is asked: `tool`, `server`, `text`, `fingerprint`, …
    state: str  # WAITING, ACCEPTED, DECLINED, CANCELLED; ENDED: nobody waits for it any more
    output: dict[str, Json]  # `reason`, `by`, `always`
    asked_at: str
    answered_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """The execution is over. `phase` is COMPLETED, FAILED or CANCELLED. Nothing follows."""

    phase: str
    output: Json  # workflows: the final object or None
    error: str
    at: str


Record = (
    Began
    | TaskBegan
    | TaskNoted
    | TaskEnded
    | MessageSet
    | ToolCallSet
    | SubAgentSet
    | TodoSet
    | QuestionSet
    | Ended
)


class RecordCodec:
    """A record as (name, JSON-able dict) and back."""

    TYPES: ClassVar[dict[str, type[Record]]] = {
        record.__name__: record
        for record in (
            Began,
            TaskBegan,
            TaskNoted,
            TaskEnded,
            MessageSet,
            ToolCallSet,
            SubAgentSet,
            TodoSet,
            QuestionSet,
            Ended,
        )
    }

    @staticmethod
    def encode(record: Record) -> tuple[str, dict[str, Json]]:
        return type(record).__name__, asdict(record)

    @classmethod
    def decode(cls, name: str, values: dict[str, Json]) -> Record:
        """Raises KeyError for a name that this version does not know."""
        record = cls.TYPES[name]
        known = {field.name for field in fields(record)}
        return record(**{key: value for key, value in values.items() if key in known})
