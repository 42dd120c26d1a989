"""What people and programs ask of a loop: to run, cancel, pause, and to say what it knows."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from devloop.loop.absence import Absence
from devloop.loop.answers import Answers
from devloop.loop.events import KEYS, Cause, PastRun, PauseReason
from devloop.loop.feedback import FeedbackGuards
from devloop.loop.pausing import Pausing
from devloop.loop.project_watch import ProjectWatch
from devloop.loop.round import Round
from devloop.loop.slots import Slots
from devloop.loop.state import Happened
from runcmd.errors import EXIT_OK
from runcmd.events import CancelReason
from runcmd.frozen import Frozen


class Steered(Protocol):
    """The loop."""

    @property
    def number(self) -> int:
        """Of the newest round; 0: the first scan is not over."""

    @property
    def ending(self) -> bool:
        """It takes no more commands."""

    def begin(self, cause: Cause, changed: tuple[str, ...] = ()) -> Round | None:
        """A new round. None: nothing now, since the loop ends or the project is gone."""

    def rest(self) -> None:
        """Says what can be done while nothing is."""

    def spawn(self, call: Callable[[], Coroutine[Any, Any, object]]) -> None:
        """Until the loop is over."""

    def stop(self, reason: CancelReason, words: str = "", code: int | None = None) -> None:
        """Ends it."""


class LoopState(Frozen):
    """Where a loop stands."""

    gen: int  # the newest generation; 0: the first scan is not over
    files: int  # how many are watched
    paused: PauseReason | None
    manual: bool
    changed: tuple[str, ...]  # while changes start no runs: what differs from what was deployed
    missing: str  # of the project's place, while it is gone
    targets: tuple[str, ...]  # that have run
    running: tuple[PastRun, ...]  # the oldest first
    last: PastRun | None  # that is over


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

    def state(self) -> LoopState:
        """What another program may want to know."""
        holds = self._pausing.holds and self._loop.number
        return LoopState(
            gen=self._loop.number,
            files=self._watch.files if self._loop.number else 0,
            paused=self._pausing.reason,
            manual=self._pausing.manual,
            changed=self._slots.held_back(self._watch.current).paths if holds else (),
            missing=self._absence.missing,
            targets=self._slots.targets,
            running=tuple(self._slots.records),
            last=self._answers.latest,
        )

    def press(self, key: str) -> None:
        """Any key; those that mean nothing do nothing."""
        if self._loop.ending or (not self._loop.number and key.lower() != "q"):
            return  # before the first scan is over, one can only quit
        self.asked()
        running = self._slots.records
        match key.lower():
            case "r":
                self.run()
            case "q":
                self.end("q was pressed")
            case "c":
                if not self.cancel():
                    self._answers.key(self._loop.number, "c", "nothing is running")
            case "p":
                if self._pausing.reason is None:
                    self.pause()
                else:
                    self.resume()
            case "h":
                self._answers.history(self._loop.number, running)
            case "?":
                self._answers.key(self._loop.number, "?", KEYS)
            case "e":
                self._answers.explanation(self._loop.number, running, self._slots.dependencies)
        if key.lower() in "cphe?":
            self.rest()

    def asked(self) -> None:
        """Somebody is there: what runs next is no runaway."""
        self._guards.reset()

    def rest(self) -> None:
        """Says what can be done, if nothing is under way."""
        self._loop.rest()

    def run(self) -> None:
        """All targets, with the files as they are by then; of several, what collected changes affect."""
        self._loop.spawn(self.run_now)

    async def run_now(self) -> Round | None:
        """The same; what it begins. None: nothing now, since the loop ends or the project is gone."""
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
        return self._loop.begin(cause, change.paths)

    def end(self, words: str) -> None:
        """The loop."""
        self._loop.stop(CancelReason.INTERRUPTED, words, EXIT_OK)

    def cancel(self) -> int:
        """What runs; how many."""
        for each in (running := self._slots.running):
            each.happened(Happened.CANCEL)
        return len(running)

    def pause(self) -> bool:
        """Changes start no runs from now on. False: it was so before."""
        if self._pausing.reason is not None:
            return False
        self._pausing.pause(self._loop.number)
        return True

    def let_go(self) -> None:
        """Changes start runs again; those of the meantime start none by themselves."""
        if self._pausing.reason is not None:
            self._pausing.resume(self._loop.number)

    def resume(self) -> bool:
        """Changes start runs again, those of the meantime too. False: it was so before."""
        if self._pausing.reason is None:
            return False
        self._pausing.resume(self._loop.number)
        if not self._pausing.manual and (held_back := self._slots.held_back(self._watch.current)):
            self._loop.begin(Cause.CHANGE, held_back.paths)
        return True
