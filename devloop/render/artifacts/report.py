"""What a command's runs came to, as one value: what each form of `--report` is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from runcmd.events import (
    CallState,
    Event,
    ExecutionCreated,
    MessageStarted,
    Outcome,
    Role,
    RunFinished,
    TargetKind,
    TargetResolved,
    TaskFinished,
    TaskStarted,
    TaskState,
    ToolCallChanged,
    Totals,
    Warned,
)
from runcmd.frozen import Frozen
from runcmd.mistakes import Mistake


class ReportedTask(Frozen):
    """A workflow task, in the order in which they began."""

    task: str  # its path
    name: str
    kind: str
    state: TaskState
    seconds: float | None
    error: str


class ReportedCall(Frozen):
    """A tool call of an agent."""

    call: str
    name: str
    state: CallState
    arguments: str  # JSON
    error: str
    seconds: float | None


class ReportedRun(Frozen):
    """How the run of one target ended."""

    target: str  # as it was asked for; empty: nothing was chosen yet
    kind: TargetKind | None
    name: str
    execution: str
    outcome: Outcome
    exit_code: int
    seconds: float | None
    totals: Totals
    answer: str  # last agent text, or the workflow's output as JSON
    error: str
    hint: str
    details: tuple[str, ...]
    facts: Mapping[str, str]
    mistakes: tuple[Mistake, ...]
    warnings: tuple[str, ...]
    messages: tuple[str, ...]  # the first text of each message to the agent
    tasks: tuple[ReportedTask, ...]
    tool_calls: tuple[ReportedCall, ...]


class RunReport(Frozen):
    """One command."""

    tool: str  # `stigmer-devloop 1.2.3`
    began: str  # RFC 3339, UTC
    seconds: float  # of the whole command
    exit_code: int | None  # of the command; None: it goes on
    runs: tuple[ReportedRun, ...]


@dataclass(kw_only=True)
class RunSoFar:
    """Collects what a run says."""

    target: str
    chosen: TargetResolved | None = None
    created: ExecutionCreated | None = None
    tasks: dict[str, ReportedTask] = field(default_factory=dict)
    calls: dict[str, ReportedCall] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    messages: dict[int, str] = field(default_factory=dict)

    def see(self, event: Event) -> ReportedRun | None:
        """The run, once it is over. What nested executions say is not looked at."""
        match event:
            case TargetResolved():
                self.chosen = event
            case ExecutionCreated():
                self.created = event
            case Warned():
                self.warnings.append(event.text)
            case MessageStarted(role=Role.HUMAN):
                self.messages[event.index] = event.text
            case TaskStarted():
                self.tasks[event.task] = ReportedTask(
                    task=event.task,
                    name=event.name,
                    kind=event.kind,
                    state=TaskState.RUNNING,
                    seconds=None,
                    error="",
                )
            case TaskFinished():
                self.tasks[event.task] = ReportedTask(
                    task=event.task,
                    name=event.name,
                    kind=event.kind,
                    state=event.state,
                    seconds=event.seconds,
                    error=event.error,
                )
            case ToolCallChanged():
                self.calls[event.call] = ReportedCall(
                    call=event.call,
                    name=event.name,
                    state=event.state,
                    arguments=event.arguments,
                    error=event.error,
                    seconds=event.seconds,
                )
            case RunFinished():
                return self._finished(event)
            case _:
                pass
        return None

    def _finished(self, event: RunFinished) -> ReportedRun:
        known = self.created or self.chosen
        return ReportedRun(
            target=self.target,
            kind=event.kind or (known.kind if known else None),
            name=event.name or (known.name if known else ""),
            execution=event.execution or (self.created.execution if self.created else ""),
            outcome=event.outcome,
            exit_code=event.exit_code,
            seconds=event.seconds,
            totals=event.totals,
            answer=event.answer,
            error=event.error,
            hint=event.hint,
            details=tuple(event.details),
            facts=event.facts,
            mistakes=tuple(event.mistakes),
            warnings=tuple(self.warnings),
            messages=tuple(self.messages.values()),
            tasks=tuple(self.tasks.values()),
            tool_calls=tuple(self.calls.values()),
        )
