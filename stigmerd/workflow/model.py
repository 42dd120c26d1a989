"""A workflow as a value: its tasks, and what each of them is to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

Value = Any  # what json.dumps takes: the data of a workflow has no narrower type


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A value that somebody gave in place of an expression: what looks like one in it is none."""

    value: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Set:
    KIND: ClassVar[str] = "SET"
    variables: Mapping[str, Value]


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpCall:
    KIND: ClassVar[str] = "HTTP_CALL"
    method: str
    uri: str
    headers: Mapping[str, Value]
    body: Value
    timeout_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class GrpcCall:
    KIND: ClassVar[str] = "GRPC_CALL"
    service: str
    method: str
    request: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentCall:
    KIND: ClassVar[str] = "AGENT_CALL"
    agent: str
    scope: str  # "platform", "organization" or, for whichever there is, empty
    message: str | Given
    env: Mapping[str, Value]
    model: str
    timeout_seconds: float | None
    temperature: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunTask:
    KIND: ClassVar[str] = "RUN"
    workflow: str
    input: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class CallActivity:
    KIND: ClassVar[str] = "CALL_ACTIVITY"
    activity: str
    input: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    KIND: ClassVar[str] = "WAIT"
    seconds: Value  # a number, or an expression for one


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    id: str
    type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Listen:
    KIND: ClassVar[str] = "LISTEN"
    all: bool
    signals: tuple[Signal, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Raise:
    KIND: ClassVar[str] = "RAISE"
    error: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    name: str
    when: str  # empty: the default
    then: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    KIND: ClassVar[str] = "SWITCH"
    cases: tuple[Case, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class For:
    KIND: ClassVar[str] = "FOR"
    each: str
    items: Value  # the contract's `in`
    do: tuple[Task, ...]
    rounds: tuple[tuple[Task, ...], ...] = ()  # of one that was resumed: what its first rounds do instead


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    name: str
    do: tuple[Task, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fork:
    KIND: ClassVar[str] = "FORK"
    branches: tuple[Branch, ...]
    compete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    KIND: ClassVar[str] = "TRY"
    do: tuple[Task, ...]  # the contract's `try`
    error_name: str  # the contract's `catch.as`
    catch: tuple[Task, ...] | None


Config = (
    Set
    | HttpCall
    | GrpcCall
    | AgentCall
    | RunTask
    | CallActivity
    | Wait
    | Listen
    | Raise
    | Switch
    | For
    | Fork
    | Try
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One step: what to do, what of its output to keep in `$context`, where to go then."""

    name: str
    config: Config
    export: Value = None
    then: str = ""
    given: Mapping[str, Value] | None = None  # values that it sees as if tasks before it had given them

    @property
    def kind(self) -> str:
        return self.config.KIND

    def same_work(self, other: Task) -> bool:
        """The same task written down twice; the Go SDK drops flow and export of the nested one."""
        return self.name == other.name and self.config == other.config


@dataclass(frozen=True, slots=True, kw_only=True)
class Workflow:
    name: str
    tasks: tuple[Task, ...]


def task_lists(task: Task) -> tuple[tuple[Task, ...], ...]:
    """The lists of tasks inside of a task."""
    match task.config:
        case For(do=do, rounds=rounds):
            return (do, *rounds)
        case Fork(branches=branches):
            return tuple(branch.do for branch in branches)
        case Try(do=do, catch=catch):
            return (do, catch or ())
        case _:
            return ()
