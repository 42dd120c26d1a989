"""The watch loop's own events, as lines of text."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import assert_never

from devloop.loop.events import (
    KEYS,
    AnswersCompared,
    BackendBack,
    BackendLost,
    Cause,
    ChangesCollected,
    ChangeSeen,
    CodeTaken,
    ControlOpened,
    Dependency,
    EditBroken,
    EditMended,
    EditNoticed,
    ExplanationShown,
    FileUncounted,
    HistoryShown,
    KeyAnswered,
    LeftoverCancelled,
    LoopEvent,
    NotAffected,
    ProjectBack,
    ProjectGone,
    RunQueued,
    RunStarted,
    RunSuperseded,
    StormPaused,
    TargetMissing,
    TurnRepeated,
    WatchEnding,
    WatchFinished,
    WatchNoted,
    WatchPaused,
    WatchReady,
    WatchResumed,
)
from devloop.render.clock import now
from devloop.render.errors import error_block, warning
from devloop.render.loop_errors import (
    backend_lost,
    left_running,
    project_back,
    project_gone,
    storm_warning,
)
from devloop.render.table import show_table
from devloop.render.words import duration, named_paths
from devloop.terminal.cells import flowing, wrapped
from devloop.terminal.stream import Style, Terminal, columns_of
from devloop.terminal.visible import visible
from runcmd.errors import EXIT_INTERRUPTED
from runcmd.events import CancelOutcome

CAUSES = {
    Cause.START: "",
    Cause.CHANGE: "",
    Cause.ENVIRONMENT: "settings changed",
    Cause.REQUEST: "requested",
    Cause.BACKEND: "the backend is back",
}


# What becomes of an edit.
Edited = (
    EditNoticed
    | EditMended
    | RunQueued
    | ChangeSeen
    | ChangesCollected
    | EditBroken
    | NotAffected
    | TargetMissing
)


class PlainLoopLog:
    """One or two lines for each event."""

    def __init__(self, out: Terminal, err: Terminal, *, clear: bool) -> None:
        self._out = out
        self._err = err
        self._clear = clear
        self._cleared = 0  # the generation for which the screen was cleared

    def show(self, event: LoopEvent) -> None:
        if isinstance(event, Edited):
            self._edited(event)
            return
        match event:
            case ControlOpened():
                pass  # `stigmer watch` finds it
            case RunStarted():
                self._header(event)
            case CodeTaken() | TurnRepeated() | AnswersCompared():
                pass  # of a conversation, which has a screen of its own
            case RunSuperseded():
                if event.kept:  # what becomes of it is said when it is known
                    self._say(f"At most {event.kept} runs go on at once: the oldest gives way", Style.WARN)
            case WatchReady():
                self._ready(event)
            case WatchPaused():
                self._say("Paused: changes start no run; p resumes, r runs once", Style.WARN)
            case WatchResumed():
                self._say("Resumed")
            case StormPaused():
                storm_warning(self._err, event)
            case ProjectGone():
                project_gone(self._err, event)
            case ProjectBack():
                self._say(project_back(event), Style.GOOD)
            case BackendLost():
                backend_lost(self._err, event)
            case BackendBack():
                self._say(f"The backend is back ({duration(event.seconds)})", Style.GOOD)
            case LeftoverCancelled():
                self._leftover(event)
            case WatchNoted():
                warning(self._err, event.text, event.hint)
            case KeyAnswered():
                self._say(event.text)
            case HistoryShown():
                self._history(event)
            case ExplanationShown():
                self._explanation(event)
            case FileUncounted():
                self._say(f"{event.path or '(everything)'}: {event.reason}")
            case WatchEnding():
                limit = f" (it may take {event.seconds:g} s)" if event.seconds else ""
                self._say(f"ending: {event.reason}{limit}")
            case WatchFinished():
                if event.left:
                    left_running(self._err, event)
            case _:
                assert_never(event)

    def _edited(self, event: Edited) -> None:
        match event:
            case EditNoticed():
                self._say(f"{named_paths(event.changed)} changed")
            case EditMended():
                self._say(f"{event.name} works again", Style.GOOD)
            case RunQueued():
                changed = f"{named_paths(event.changed)} changed; " if event.changed else ""
                self._say(f"{changed}runs when run {event.behind} is over")
            case ChangeSeen():
                if event.held and not event.collected:
                    paths = named_paths((*event.modified, *event.created, *event.deleted))
                    self._say(f"noted: {paths} changed")
            case ChangesCollected():
                self._say(collected(event))
            case EditBroken():
                self._broken(event)
            case NotAffected():
                self._say(
                    f"{named_paths(event.changed)}: {_unaffected(event)}: not rerun"
                    + (f" (applied {event.applied} of {event.total})" if event.applied else "")
                )
            case TargetMissing():
                near = f" ({event.hint})" if event.hint else ""
                self._say(
                    f'The code no longer declares {event.kind.value} "{event.name}"{near}; waiting for it',
                    Style.WARN,
                )
            case _:
                assert_never(event)

    def _say(self, text: str, style: Style = Style.DIM) -> None:
        for line in wrapped(self._plain(visible(text)), columns_of(self._out)):
            self._out.line(line, style)

    def _rule(self, facts: Sequence[str]) -> None:
        """The header of a run."""
        first, *others = filter(None, facts)
        parts = [f"── {visible(first)}", *map(visible, others)]
        parts[-1] += " ──"
        for line in flowing(parts, " · ", columns_of(self._out), indent=3):
            self._out.line(self._plain(line), Style.BOLD)

    def _plain(self, text: str) -> str:
        return text if self._out.can_show("─·") else text.replace("─", "-").replace("·", "-")

    def _header(self, event: RunStarted) -> None:
        if self._clear and event.gen != self._cleared:
            self._cleared = event.gen  # what runs beside it stays on the screen
            self._out.clear()
        elif self._out.written:
            self._out.line()
        facts = [
            f"run {event.run}",
            event.target if event.mark.startswith(event.target) else "",
            f"changed {named_paths(event.changed)}" if event.changed else CAUSES[event.cause],
            f"applied {event.applied} of {event.total}" if event.total else "",
            _time(),
        ]
        self._rule(facts)

    def _broken(self, event: EditBroken) -> None:
        if event.exit_code == EXIT_INTERRUPTED:  # the user chose nothing; the end of the loop says so
            return
        if event.changed:
            self._out.line()
            self._rule([f"changed {named_paths(event.changed)}", _time()])
        self._out.flush()  # before standard error, which may be the same file
        error_block(
            self._err,
            event.error,
            event.hint,
            () if event.echoed else event.details,
            code=event.facts.get("code", ""),
        )
        if event.running:
            self._say("the current run continues")

    def _ready(self, event: WatchReady) -> None:
        state = "paused, watching" if event.paused else "watching"
        keys = f" · {KEYS}" if event.keys else ""
        self._out.status(self._plain(f"{state} {event.files} file{'s' * (event.files != 1)}{keys}"))

    def _leftover(self, event: LeftoverCancelled) -> None:
        if event.outcome is CancelOutcome.CONFIRMED:
            self._say(
                f"Cancelled {event.execution}, which an earlier watch loop had left running", Style.WARN
            )
        else:
            warning(
                self._err,
                f"{event.execution} is still running; an earlier watch loop left it behind",
                event.hint,
            )

    def _history(self, event: HistoryShown) -> None:
        several = len({each.target for each in event.runs}) > 1
        head = ("RUN", "AT", "WHY", "END", "TIME", "EXECUTION")
        rows: list[tuple[str, ...]] = [(*head[:1], "TARGET", *head[1:]) if several else head]
        for each in event.runs:
            why = named_paths(each.changed) or CAUSES[each.cause] or each.cause.value
            end = each.outcome.value if each.outcome else "running"
            took = duration(each.seconds) if each.seconds is not None else ""
            which = (each.target,) if several else ()
            rows.append((str(each.run), *which, each.at, why, end, took, each.execution))
        show_table(self._out, rows)

    def _explanation(self, event: ExplanationShown) -> None:
        why = named_paths(event.changed, 20)
        if why:
            self._say(f"the last run started because of {why}")
        elif event.cause is not None:
            self._say(f"the last run started because of: {CAUSES[event.cause] or event.cause.value}")
        for reason, files in groupby(event.made_of, lambda each: each.reason):
            self._say(f"{named_paths([each.path for each in files], 20)}: {reason}")
        for depends in event.depends:
            self._say(_dependency(depends))
        for each in event.seen:
            self._say(f"  {each.path or '(everything)'}: {each.reason}")
        if not event.seen:
            self._say("every file event counted")
        if event.outside:
            paths = named_paths(event.outside, 20)
            self._say(f"watched outside of the project, because the program reads it there: {paths}")


def _unaffected(event: NotAffected) -> str:
    names = (event.name, *event.others)
    return f"{named_paths(names, 3)} {'are' if event.others else 'is'} unaffected"


def _time() -> str:
    return now().astimezone().strftime("%H:%M:%S")


def _dependency(depends: Dependency) -> str:
    what = ["every file here: it calls functions of the project"] if depends.any_file else []
    if depends.files:
        more = f" and {depends.more} more" if depends.more else ""
        what.append(f"what it uses when it runs: {', '.join(depends.files)}{more}")
    if not what:
        return f"{depends.name} depends on its definition and the variables"
    return f"{depends.name} depends on its definition, the variables, and {'; '.join(what)}"


def collected(event: ChangesCollected) -> str:
    """`3 files changed · r runs them`."""
    number = len(event.changed)
    if not number:
        return "nothing differs any more from what was deployed"
    what, it = (event.changed[0], "it") if number == 1 else (f"{number} files", "them")
    how = f"r runs {it}" if event.keys else f"stigmer watch run runs {it}"
    return f"{what} changed · {how}"
