"""What a run says about itself: its connection, its cancellation, its end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field

from runcmd.events.states import CancelOutcome, CancelReason, Outcome, TargetKind
from runcmd.frozen import Frozen
from runcmd.mistakes import Mistake
from runcmd.told import Usage


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
    cancelled: int = 0
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
    mistakes: Sequence[Mistake] = ()  # in what the project declares, in the order of files and lines
