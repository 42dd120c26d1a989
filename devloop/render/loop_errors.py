"""The watch loop's own events with `-o quiet`: only what the user must act on."""

from __future__ import annotations

from itertools import zip_longest

from devloop.loop.events import (
    BackendLost,
    EditBroken,
    LoopEvent,
    ProjectBack,
    ProjectGone,
    StormPaused,
    WatchFinished,
)
from devloop.render.errors import error_block, warning
from devloop.render.words import duration, named_paths
from devloop.terminal.stream import Style, Terminal


class ErrorsOnly:
    """Shows errors and warnings, nothing else."""

    def __init__(self, err: Terminal) -> None:
        self._err = err

    def show(self, event: LoopEvent) -> None:
        match event:
            case EditBroken():
                error_block(
                    self._err, event.error, event.hint, event.details, code=event.facts.get("code", "")
                )
            case StormPaused():
                storm_warning(self._err, event)
            case ProjectGone():
                project_gone(self._err, event)
            case BackendLost():
                backend_lost(self._err, event)
            case WatchFinished() if event.left:
                left_running(self._err, event)
            case _:
                pass


def storm_warning(err: Terminal, event: StormPaused) -> None:
    warning(
        err,
        f"paused: every run changed {named_paths(event.files)}, which would start runs forever",
        "to ignore it, add to .stigmerignore:",
    )
    for line in event.ignore:
        err.line(f"  {line}")
    err.line("r runs once, p resumes")


def project_gone(err: Terminal, event: ProjectGone) -> None:
    err.line(f"{event.missing} is gone; waiting until it is back", Style.WARN)


def project_back(event: ProjectBack) -> str:
    """In a sentence."""
    if event.replaced and event.target:
        return f"{event.place} leads to {event.target} now"
    if event.seconds:
        return f"{event.place} is back ({duration(event.seconds)})"
    return f"{event.place} is another directory now"


def backend_lost(err: Terminal, event: BackendLost) -> None:
    err.line(f"Lost the backend ({event.reason}); trying to reconnect", Style.WARN)


def left_running(err: Terminal, event: WatchFinished) -> None:
    for execution, hint in zip_longest(event.left, event.hints, fillvalue=""):
        warning(err, f"{execution} may still be running", hint)
