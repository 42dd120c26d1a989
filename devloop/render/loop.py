"""A watch loop on the screen: its runs one after the other, and what the loop says between them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import assert_never

from devloop.loop.events import (
    BackendBack,
    BackendLost,
    Cause,
    ChangeSeen,
    EditBroken,
    ExplanationShown,
    FileUncounted,
    HistoryShown,
    KeyAnswered,
    LeftoverCancelled,
    LoopEvent,
    NotAffected,
    RunStarted,
    RunSuperseded,
    StormPaused,
    TargetMissing,
    WatchEnding,
    WatchFinished,
    WatchNoted,
    WatchPaused,
    WatchReady,
    WatchResumed,
)
from devloop.loop.generation import named_paths
from devloop.render.mask import Secrets
from devloop.render.output import Output
from devloop.render.renderer import Renderer, masked, run_renderer
from devloop.render.table import aligned
from devloop.render.trouble import error_block, warning
from devloop.render.words import duration
from devloop.terminal.stream import Style, Terminal
from runcmd.events import (
    ApplyFinished,
    CancelFinished,
    CancelOutcome,
    Event,
    Outcome,
    ProjectFound,
    RunFinished,
    SynthesisFinished,
)

KEYS = "r rerun · c cancel · p pause · h history · e explain · q quit"
CAUSES = {
    Cause.START: "",
    Cause.CHANGE: "",
    Cause.ENVIRONMENT: "settings changed",
    Cause.REQUEST: "asked for",
    Cause.BACKEND: "the backend is back",
}


class LoopScreen:
    """Each run has a renderer of its own."""

    def __init__(self, output: Output, out: Terminal, err: Terminal, *, named: bool, clear: bool) -> None:
        self._output = output
        self._out = out
        self._err = err
        self._named = named
        self._renderers: dict[int, Renderer] = {}
        self._superseded: dict[int, int] = {}
        self._runs: dict[int, int] = {}
        self._secrets: frozenset[str] = frozenset()
        self._mask = Secrets(())
        self._teller = _teller(output, out, err, clear=clear)

    def hide(self, values: Collection[str]) -> None:
        """These are never shown from now on."""
        if not self._secrets.issuperset(values):
            self._secrets |= frozenset(values)
            self._mask = Secrets(self._secrets)

    def show(self, generation: int, event: Event) -> None:
        self._out.end_status()
        if self._output is not Output.JSON and generation in self._superseded:
            self._show_superseded(generation, event)
            return
        if self._known_from_header(generation, event):
            return
        renderer = self._renderers.get(generation)
        if renderer is None:
            renderer = self._renderers[generation] = masked(self._new_renderer(generation), self._secrets)
        renderer.show(event)
        if isinstance(event, RunFinished):
            self._renderers.pop(generation).close()

    def tell(self, event: LoopEvent) -> None:
        self._out.end_status()
        match event:
            case RunStarted():
                self._runs[event.gen] = event.run
            case RunSuperseded():
                self._superseded[event.gen] = event.by
                if renderer := self._renderers.get(event.gen):
                    renderer.close()
            case EditBroken() | NotAffected() | TargetMissing():
                self._renderers.pop(event.gen, None)
            case _:
                pass
        self._teller(self._mask.value(event))
        self._out.flush()
        self._err.flush()

    def close(self) -> None:
        self._out.end_status()
        self._out.flush()

    def _known_from_header(self, generation: int, event: Event) -> bool:
        """After the first run, nobody needs to read again how a project is deployed."""
        if self._output is Output.JSON or self._runs.get(generation) == 1:
            return False
        return isinstance(event, ProjectFound | SynthesisFinished | ApplyFinished)

    def _new_renderer(self, generation: int) -> Renderer:
        if self._output is Output.JSON:
            from devloop.render.jsonl import JsonRenderer

            return JsonRenderer(self._out, gen=generation)
        return run_renderer(self._output, self._out, self._err, named=self._named)

    def _show_superseded(self, generation: int, event: Event) -> None:
        """In one line, unless something of it is left."""
        run = self._runs.get(generation, generation)
        match event:
            case CancelFinished(outcome=CancelOutcome.CONFIRMED) if self._output is not Output.QUIET:
                self._out.line(f"run {run} cancelled ({duration(event.seconds)})", Style.WARN)
            case RunFinished():
                self._renderers.pop(generation, None)
                if event.outcome not in (Outcome.CANCELLED, Outcome.SUCCEEDED):
                    error_block(self._err, event.error, event.hint)
            case _:
                pass


def _teller(output: Output, out: Terminal, err: Terminal, *, clear: bool) -> Callable[[LoopEvent], None]:
    match output:
        case Output.JSON:
            from devloop.render.jsonl import JsonRenderer

            return JsonRenderer(out).show
        case Output.QUIET:
            return ErrorsOnly(err).tell
        case Output.AUTO | Output.PLAIN:
            return PlainLoopLog(out, err, clear=clear).tell


class ErrorsOnly:
    """Only what somebody must do something about."""

    def __init__(self, err: Terminal) -> None:
        self._err = err

    def tell(self, event: LoopEvent) -> None:
        match event:
            case EditBroken():
                error_block(self._err, event.error, event.hint, event.details)
            case StormPaused():
                storm(self._err, event)
            case BackendLost():
                self._err.line(f"The backend is gone ({event.reason}); trying again", Style.WARN)
            case WatchFinished() if event.left:
                left_running(self._err, event)
            case _:
                pass


class PlainLoopLog:
    """A line or two for each thing."""

    def __init__(self, out: Terminal, err: Terminal, *, clear: bool) -> None:
        self._out = out
        self._err = err
        self._clear = clear

    def tell(self, event: LoopEvent) -> None:
        match event:
            case RunStarted():
                self._header(event)
            case ChangeSeen():
                if event.held:
                    paths = named_paths((*event.modified, *event.created, *event.deleted))
                    self._say(f"noted: {paths} changed")
            case EditBroken():
                self._broken(event)
            case NotAffected():
                self._say(
                    f"{named_paths(event.changed)}: {event.name} is unaffected: not rerun"
                    + (f" (applied {event.applied} of {event.total})" if event.applied else "")
                )
            case TargetMissing():
                self._say(
                    f"The code has no {event.kind.value} {event.name} any more; waiting for it", Style.WARN
                )
            case RunSuperseded():
                pass  # what becomes of it is said when it is known
            case WatchReady():
                self._ready(event)
            case WatchPaused():
                self._say("Paused: changes are noted and start nothing; p goes on, r runs once", Style.WARN)
            case WatchResumed():
                self._say("Going on")
            case StormPaused():
                storm(self._err, event)
            case BackendLost():
                self._err.line(
                    f"The backend is gone ({event.reason}); trying again until it is back", Style.WARN
                )
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

    def _say(self, text: str, style: Style = Style.DIM) -> None:
        self._out.line(self._plain(text), style)

    def _plain(self, text: str) -> str:
        return text if self._out.can_show("─·") else text.replace("─", "-").replace("·", "-")

    def _header(self, event: RunStarted) -> None:
        if self._clear:
            self._out.clear()
        elif self._out.written:
            self._out.line()
        facts = [
            f"run {event.run}",
            f"changed {named_paths(event.changed)}" if event.changed else CAUSES[event.cause],
            f"applied {event.applied} of {event.total}" if event.total else "",
            _time(),
        ]
        self._out.line(self._plain(f"── {' · '.join(filter(None, facts))} ──"), Style.BOLD)

    def _broken(self, event: EditBroken) -> None:
        if event.changed:
            self._out.line()
            self._out.line(self._plain(f"── changed {named_paths(event.changed)} · {_time()} ──"), Style.BOLD)
        error_block(self._err, event.error, event.hint, event.details)
        if event.running:
            self._say("the run before goes on")

    def _ready(self, event: WatchReady) -> None:
        state = "paused, watching" if event.paused else "watching"
        keys = f" · {KEYS}" if event.keys else ""
        self._out.status(self._plain(f"{state} {event.files} file{'s' * (event.files != 1)}{keys}"))

    def _leftover(self, event: LeftoverCancelled) -> None:
        if event.outcome is CancelOutcome.CONFIRMED:
            self._say(f"Cancelled {event.execution}, which a watch loop had left running", Style.WARN)
        else:
            warning(
                self._err,
                f"{event.execution} is still running; a watch loop had left it",
                f"stop it with: stigmer executions cancel {event.execution}",
            )

    def _history(self, event: HistoryShown) -> None:
        rows = [("RUN", "AT", "WHY", "END", "TIME", "EXECUTION")]
        for each in event.runs:
            why = named_paths(each.changed) or CAUSES[each.cause] or each.cause.value
            end = each.outcome.value if each.outcome else "running"
            took = duration(each.seconds) if each.seconds is not None else ""
            rows.append((str(each.run), each.at, why, end, took, each.execution))
        for line in aligned(rows):
            self._out.line(line)

    def _explanation(self, event: ExplanationShown) -> None:
        why = named_paths(event.changed, 20)
        if why:
            self._say(f"the last run began because of {why}")
        elif event.cause is not None:
            self._say(f"the last run began because of: {CAUSES[event.cause] or event.cause.value}")
        for each in event.seen:
            self._say(f"  {each.path or '(everything)'}: {each.reason}")
        if not event.seen:
            self._say("nothing was left out")


def storm(err: Terminal, event: StormPaused) -> None:
    warning(
        err,
        f"paused: run after run changed {named_paths(event.files)}, which would never end",
        "to leave it alone, add to .stigmerignore:",
    )
    for line in event.ignore:
        err.line(f"  {line}")
    err.line("r runs once, p goes on")


def left_running(err: Terminal, event: WatchFinished) -> None:
    for execution in event.left:
        warning(
            err,
            f"{execution} may still be running",
            f"stop it with: stigmer executions cancel {execution}",
        )


def _time() -> str:
    import time

    return time.strftime("%H:%M:%S")
