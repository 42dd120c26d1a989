"""Events of a watch loop in, state out: which run is on the screen, how the last one ended, what comes."""

from __future__ import annotations

from devloop.loop import events
from devloop.loop.events import LoopEvent
from devloop.render.words import named_paths
from runcmd.events import Outcome, RunFinished

VERDICTS = {
    Outcome.SUCCEEDED: ("✓", "succeeded"),
    Outcome.FAILED: ("✗", "failed"),
    Outcome.ERROR: ("✗", "failed"),
    Outcome.CANCELLED: ("⊘", "cancelled"),
    Outcome.DETACHED: ("⊘", "left running"),
}


class LoopView:
    """Where the loop stands."""

    def __init__(self, *, keys: bool) -> None:
        """`keys`: there is a keyboard, which means something as soon as something has run."""
        self.verdict: tuple[str, str] = ("", "")  # an icon, and words
        self.broken = ""  # what the newest edit has broken
        self.state = ""  # of the loop while it waits, or what it does
        self.keys = False  # they can be pressed
        self._takes_keys = keys
        self._runs: dict[str, events.RunStarted] = {}  # that go on
        self._header = ""  # of the newest
        self._changed: tuple[str, ...] = ()  # why the newest run began

    @property
    def changed(self) -> str:
        """The files that the newest run began for."""
        return named_paths(self._changed)

    def hear(self, event: LoopEvent) -> None:
        """What happened."""
        match event:
            case events.RunStarted():
                self._runs[run_key(event.gen, event.target)] = event
                self._header = header(event)
                self._changed = event.changed
                self.state = self.broken = ""
                self.keys = self._takes_keys
            case events.WatchReady():
                what = "paused, watching" if event.paused else "watching"
                self.state = f"{what} {event.files} file{'s' * (event.files != 1)}"
                self.keys = event.keys
            case events.EditNoticed():
                self.state = f"{named_paths(event.changed)} changed"
            case events.ChangeSeen(held=False):
                paths = (*event.modified, *event.created, *event.deleted)
                self.state = f"{named_paths(paths)} changed"
            case events.EditBroken():
                what = named_paths(event.changed) or event.target or "the project"
                self.broken, self.state = f"✗ {what} is broken", ""
            case events.EditMended() | events.NotAffected():
                self.broken = ""
            case events.RunQueued():
                self.state = f"{named_paths(event.changed)} waits for run {event.behind}".strip()
            case events.BackendLost():
                self.state = "the backend does not answer, trying again"
            case events.ProjectGone():
                self.state = f"{event.missing} is gone, waiting for it"
            case events.WatchEnding():
                self.state = f"ending: {event.reason}"
            case _:
                pass

    def headers(self) -> list[str]:
        """Which runs are on the screen; the last one's stays when it is over."""
        return [header(each) for each in self._runs.values()] or ([self._header] if self._header else [])

    def number(self, mark: str) -> str:
        """`run 7`."""
        run = self._runs.get(mark)
        return f"run {run.run}" if run is not None else ""

    def finished(self, mark: str, event: RunFinished) -> None:
        """A run is over."""
        run = self._runs.pop(mark, None)
        if run is None:
            return
        icon, word = VERDICTS[event.outcome]
        took = f" {seconds(event.seconds)}" if event.seconds is not None else ""
        said = "" if event.outcome is Outcome.SUCCEEDED else f" {word}"
        self.verdict = (icon, f"run {run.run} {icon}{said}{took}")


def run_key(generation: int, target: str) -> str:
    """Tells a run of a loop from the others."""
    return f"{generation} {target}"


def header(run: events.RunStarted) -> str:
    """`run 7 · changed main.py`: which run it is."""
    why = f"changed {named_paths(run.changed)}" if run.changed else ""
    return " · ".join(filter(None, (f"run {run.run}", run.target, why)))


def seconds(value: float) -> str:
    """`0.5 s`, `12 s`, `2 m 05 s`: of one width for a while, so that a line stands still."""
    if value < 9.95:
        return f"{value:.1f} s"
    whole = round(value)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} m {whole % 60:02} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02} m"
