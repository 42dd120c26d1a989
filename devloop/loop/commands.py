"""What people and programs ask of a loop: to run, cancel, pause, and to say what it knows."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from devloop.loop.absence import Absence
from devloop.loop.answers import Answers
from devloop.loop.events import Cause
from devloop.loop.feedback import FeedbackGuards
from devloop.loop.pausing import Pausing
from devloop.loop.project_watch import ProjectWatch
from devloop.loop.slots import Slots
from devloop.loop.state import Happened
from runcmd.errors import EXIT_OK
from runcmd.events import CancelReason


class Steered(Protocol):
    """The loop."""

    @property
    def number(self) -> int:
        """Of the newest round; 0: the first scan is not over."""

    @property
    def ending(self) -> bool:
        """It takes no more commands."""

    def begin(self, cause: Cause, changed: tuple[str, ...] = ()) -> None:
        """A new round."""

    def rest(self) -> None:
        """Says what can be done while nothing is."""

    def spawn(self, call: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Until the loop is over."""

    def stop(self, reason: CancelReason, words: str = "", code: int | None = None) -> None:
        """Ends it."""


class Commands:
    """Each does what it says at once, or says why there is nothing to do."""

    def __init__(
        self,
        loop: Steered,
        slots: Slots,
        watch: ProjectWatch,
        pausing: Pausing,
        answers: Answers,
        absence: Absence,
        guards: FeedbackGuards,
    ) -> None:
        self._loop = loop
        self._slots = slots
        self._watch = watch
        self._pausing = pausing
        self._answers = answers
        self._absence = absence
        self._guards = guards

    def press(self, key: str) -> None:
        """Any key; those that mean nothing do nothing."""
        if self._loop.ending or (not self._loop.number and key.lower() != "q"):
            return  # before the first scan is over, one can only quit
        self._guards.reset()
        running = self._slots.records
        match key.lower():
            case "r":
                self.run()
            case "q":
                self._loop.stop(CancelReason.INTERRUPTED, "q was pressed", EXIT_OK)
            case "c":
                self.cancel()
            case "p":
                if self._pausing.reason is None:
                    self.pause()
                else:
                    self.resume()
            case "h":
                self._answers.history(self._loop.number, running)
            case "e":
                self._answers.explanation(self._loop.number, running, self._slots.dependencies)
        if key.lower() in "cphe":
            self._loop.rest()

    def run(self) -> None:
        """All targets, with the files as they are by then; of several, what collected changes affect."""
        self._loop.spawn(self._run)

    async def _run(self) -> None:
        if self._absence.missing:
            self._answers.key(
                self._loop.number, "r", f"{self._absence.missing} is gone; the run starts when it is back"
            )
        change = await self._watch.scan_now()
        cause = Cause.REQUEST
        if self._pausing.manual:
            change = self._slots.held_back(self._watch.current)
            if change and self._slots.several:
                cause = Cause.CHANGE
        self._loop.begin(cause, change.paths)

    def cancel(self) -> None:
        """What runs."""
        for each in (running := self._slots.running):
            each.happened(Happened.CANCEL)
        if not running:
            self._answers.key(self._loop.number, "c", "nothing is running")

    def pause(self) -> None:
        """Changes start no runs from now on."""
        self._pausing.pause(self._loop.number)

    def resume(self) -> None:
        """Changes start runs again, those of the meantime too."""
        self._pausing.resume(self._loop.number)
        if not self._pausing.manual and (held_back := self._slots.held_back(self._watch.current)):
            self._loop.begin(Cause.CHANGE, held_back.paths)
