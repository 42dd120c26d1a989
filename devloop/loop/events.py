"""The watch loop's own events, between the events of its runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from enum import Enum
from pathlib import Path

from runcmd.events import CancelOutcome, Outcome, TargetKind
from runcmd.frozen import Frozen
from runcmd.mistakes import Mistake

KEYS = "r rerun · c cancel · p pause · h history · e explain · q quit"


class Cause(Enum):
    """Why a run began."""

    START = "start"  # the first one
    CHANGE = "change"
    ENVIRONMENT = "environment"  # the variables or settings of a run
    REQUEST = "request"  # somebody pressed r
    BACKEND = "backend"  # it was lost, and is back


class PauseReason(Enum):
    """Why changes start no runs at the moment."""

    ASKED = "asked"
    STORM = "storm"


class ControlOpened(Frozen):
    """Other programs can steer this loop over this Unix socket. Comes first."""

    gen: int
    socket: Path
    project: Path


class EditNoticed(Frozen):
    """Watched files were saved with another content, and may not have settled yet. `gen` is about to begin.

    Comes within milliseconds. A burst of saves is noticed once; the header of the run has all the names.
    """

    gen: int
    changed: tuple[str, ...]


class ChangeSeen(Frozen):
    """The content of watched files changed. `gen` is the generation that begins."""

    gen: int
    created: tuple[str, ...]
    modified: tuple[str, ...]
    deleted: tuple[str, ...]
    held: bool  # paused or manual: nothing begins
    collected: bool = False  # manual: it runs when somebody asks for it


class ChangesCollected(Frozen):
    """With --on-change manual: what differs from what was deployed last, and runs when somebody asks for it.

    Comes within milliseconds of a save.
    """

    gen: int
    changed: tuple[str, ...]  # empty: nothing differs any more
    keys: bool  # they can be pressed


class EditBroken(Frozen):
    """This generation cannot be deployed. The current run continues."""

    gen: int
    error: str
    hint: str = ""
    details: Sequence[str] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    changed: tuple[str, ...] = ()
    running: bool = False  # an earlier run continues
    echoed: bool = False  # the program wrote the details, and program_wrote had them
    mistakes: Sequence[Mistake] = ()  # in what the project declares, in the order of files and lines
    exit_code: int = 3  # that it would have as a single run
    target: str = ""  # only this one of several cannot run; empty: nothing can


class EditMended(Frozen):
    """This generation can be deployed again; the one before it could not."""

    gen: int
    name: str  # of the program, or of the settings that could not be read


class RunQueued(Frozen):
    """With --on-change queue: this generation is prepared, and runs when the current run is over."""

    gen: int
    changed: tuple[str, ...]
    behind: int  # the number of that run
    target: str = ""  # what waits


class NotAffected(Frozen):
    """The change makes no difference to the target: it is not run again."""

    gen: int
    kind: TargetKind
    name: str
    changed: tuple[str, ...]
    applied: int  # created or updated
    total: int
    others: tuple[str, ...] = ()  # of several targets, those to which it makes none either


class TargetMissing(Frozen):
    """The code no longer declares the target."""

    gen: int
    kind: TargetKind
    name: str
    applied: int
    total: int
    hint: str = ""  # names the nearest that it does declare


class RunStarted(Frozen):
    """The header of a run. No event of an older generation follows it, unless it says so by its `mark`."""

    gen: int
    run: int  # counts the runs; generations that came to nothing are not counted
    cause: Cause
    changed: tuple[str, ...]
    applied: int  # created or updated
    total: int
    target: str = ""  # what runs
    mark: str = ""  # how its lines begin, where other runs go on beside it
    earlier: bool = False  # in a conversation: the code is broken, and the last that was not answers


class CodeTaken(Frozen):
    """In a conversation: this generation is deployed, and answers from the next message on."""

    gen: int
    cause: Cause
    changed: tuple[str, ...]
    kind: TargetKind
    name: str  # who answers
    applied: int  # created or updated
    total: int


class TurnRepeated(Frozen):
    """In a conversation: the last message is asked again, of the new code. Follows its run_started."""

    gen: int
    message: str
    answer: str  # before, as far as it got
    execution: str  # of that answer
    session: str  # a fork of the conversation, as it was before that message; empty: a new one


class AnswersCompared(Frozen):
    """In a conversation: a message was asked again and answered. Comes after run_finished."""

    gen: int
    before: str  # what was answered before
    after: str
    executions: tuple[str, str]


class RunSuperseded(Frozen):
    """A newer generation replaces this run, which still ends with run_finished."""

    gen: int
    by: int
    target: str = ""
    kept: int = 0  # with --on-change keep: more than so many would go on at once


class WatchReady(Frozen):
    """The loop is idle and waits for changes."""

    gen: int
    files: int
    watcher: str
    keys: bool  # they can be pressed
    paused: bool


class WatchPaused(Frozen):
    """Changes are noted, and start no runs."""

    gen: int
    reason: PauseReason


class WatchResumed(Frozen):
    """Changes start runs again."""

    gen: int


class StormPaused(Frozen):
    """Every run changed the same watched files, which would start runs forever."""

    gen: int
    files: tuple[str, ...]
    ignore: tuple[str, ...]  # lines for .stigmerignore that would help


class ProjectGone(Frozen):
    """The project's directory is gone. Nothing begins until it is back; a current run continues."""

    gen: int
    missing: str  # the directory, or its Stigmer.yaml


class ProjectBack(Frozen):
    """The project's directory is there again, or another one has its place."""

    gen: int
    place: str
    target: str  # the directory that links lead to now; empty: there are no links
    replaced: bool  # it is not the directory that was there before
    seconds: float  # that it was gone; 0: one directory took the place of the other


class BackendLost(Frozen):
    """The backend does not answer; the loop keeps trying."""

    gen: int
    reason: str
    hint: str = ""


class BackendBack(Frozen):
    """The backend answers again."""

    gen: int
    seconds: float


class LeftoverCancelled(Frozen):
    """The loop tried to cancel an execution whose own loop was killed, or had lost its connection to it."""

    gen: int
    execution: str
    outcome: CancelOutcome
    hint: str = ""  # how to stop it, if it goes on


class WatchNoted(Frozen):
    """A remark about watching that the user should read."""

    gen: int
    text: str
    hint: str = ""


class KeyAnswered(Frozen):
    """A key was pressed that does nothing at the moment."""

    gen: int
    key: str
    text: str


class PastRun(Frozen):
    """One line of the loop's history."""

    gen: int
    run: int
    at: str  # local time of day
    cause: Cause
    changed: tuple[str, ...]
    execution: str
    outcome: Outcome | None  # None: it is running
    seconds: float | None
    target: str = ""


class HistoryShown(Frozen):
    """The runs of this loop, the oldest first."""

    gen: int
    runs: tuple[PastRun, ...]


class Explained(Frozen):
    """A path, and why it did or did not count."""

    path: str
    reason: str


class Dependency(Frozen):
    """What a run of a target depends on, beside its definition and the variables."""

    name: str  # of the target
    any_file: bool  # every file of the project may matter
    files: tuple[str, ...]  # that it uses while it runs; the first of them
    more: int  # that are not named


class ExplanationShown(Frozen):
    """Which file events came lately, and why they did or did not count."""

    gen: int
    cause: Cause | None  # of the last run
    changed: tuple[str, ...]
    seen: tuple[Explained, ...]
    made_of: tuple[Explained, ...] = ()  # files of a Go program, and those beside it that are not built
    depends: tuple[Dependency, ...] = ()  # one for each target that has run
    outside: tuple[str, ...] = ()  # what is watched outside of the project


class FileUncounted(Frozen):
    """With --explain: a file event that did not count."""

    gen: int
    path: str  # empty: everything
    reason: str


class WatchEnding(Frozen):
    """The loop ends; it cancels the current run first."""

    gen: int
    reason: str
    seconds: float  # that it may take at most; 0: at once


class WatchFinished(Frozen):
    """The loop is over. Always the last."""

    gen: int
    exit_code: int
    runs: int
    left: tuple[str, ...]  # executions that may still run
    hints: tuple[str, ...] = ()  # how to stop each of them


LoopEvent = (
    ControlOpened
    | EditNoticed
    | ChangeSeen
    | ChangesCollected
    | EditBroken
    | EditMended
    | RunQueued
    | NotAffected
    | TargetMissing
    | RunStarted
    | CodeTaken
    | TurnRepeated
    | AnswersCompared
    | RunSuperseded
    | WatchReady
    | WatchPaused
    | WatchResumed
    | StormPaused
    | ProjectGone
    | ProjectBack
    | BackendLost
    | BackendBack
    | LeftoverCancelled
    | WatchNoted
    | KeyAnswered
    | HistoryShown
    | ExplanationShown
    | FileUncounted
    | WatchEnding
    | WatchFinished
)
