"""Run; wait for a change; run again."""

from __future__ import annotations

import time
from functools import partial

import anyio
from anyio import to_thread

from devloop.changes.bounds import Note
from devloop.changes.fingerprint import Change, Fingerprint, difference
from devloop.changes.stream import open_changes
from devloop.loop import events
from devloop.loop.answers import Answers
from devloop.loop.collect import collect_garbage
from devloop.loop.events import Cause
from devloop.loop.feedback import FeedbackGuard
from devloop.loop.generation import Generation
from devloop.loop.interfaces import OpenChanges, Screen
from devloop.loop.output import LoopOutput
from devloop.loop.pausing import Pausing
from devloop.loop.prepare import Preparer
from devloop.loop.project_watch import ProjectWatch
from devloop.loop.run_slot import RunSlot
from devloop.loop.settings import LoopSettings
from devloop.loop.state import Happened, Stage, Why
from runcmd.backend.calls import import_what_calls_need
from runcmd.errors import EXIT_INTERRUPTED, EXIT_OK, RunError
from runcmd.events import CancelReason, Outcome, RunFinished
from runcmd.stream import CANCEL_SECONDS, EXIT_CODES

PATIENCE_SECONDS = 8.0  # with a cancel, which is bounded itself
IDLE_BEFORE_COLLECTING_SECONDS = 0.5


class WatchLoop:
    """At most one generation is being prepared and at most one runs; the newest content wins."""

    def __init__(
        self, settings: LoopSettings, screen: Screen, open_changes: OpenChanges = open_changes
    ) -> None:
        self.exit_code = EXIT_OK
        self._settings = settings
        self._output = LoopOutput(screen, partial(self.stop, CancelReason.TERMINATED))
        self._guard = FeedbackGuard()
        self._pausing = Pausing(self._guard, self._output.emit)
        self._slot = RunSlot(settings, self._output, self._guard)
        self._watch = ProjectWatch(
            settings, open_changes, on_early_change=self._on_early_change, on_note=self._on_note
        )
        self._answers = Answers(self._output.emit, self._watch.explanations)
        self._preparer: Preparer
        self._number = 0  # of the newest generation
        self._newest: Generation | None = None
        self._under_way: list[Generation] = []  # none of them is over
        self._finished_runs = 0
        self._broken: RunError | None = None  # what the newest generation came to
        self._ending = anyio.Event()
        self._starting = anyio.CancelScope()  # until the first scan is over

    @property
    def unwritable(self) -> OSError | None:
        """What kept us from saying what happens."""
        return self._output.unwritable

    async def run(self) -> int:
        """The exit status."""
        async with anyio.create_task_group() as self._tasks:
            self._preparer = Preparer(
                self._settings.read, self._settings.discover, self._slot.ask, self._tasks
            )
            with self._starting:
                await self._tasks.start(
                    self._watch.follow, self._preparer, self._changed, self._slot.watched_too
                )
                self._tasks.start_soon(_import_what_calls_need)
                if self._settings.explain:
                    self._tasks.start_soon(self._answers.follow_explanations, lambda: self._number)
                self._begin(Cause.START)
            await self._ending.wait()
            await self._end()
            self._tasks.cancel_scope.cancel()
        return self.exit_code

    def stop(self, reason: CancelReason, words: str = "", code: int | None = None) -> None:
        """Ends the loop: cancels what runs, and waits for the confirmation."""
        if not self._ending.is_set():
            self._ending.set()
            self.exit_code = EXIT_CODES[reason] if code is None else code
            seconds = CANCEL_SECONDS if self._slot.running else 0.0
            self._output.emit(
                events.WatchEnding(gen=self._number, reason=words or reason.value, seconds=seconds)
            )
        for generation in self._under_way:
            generation.happened(Happened.STOP, reason)
        self._starting.cancel()

    async def _end(self) -> None:
        with anyio.move_on_after(PATIENCE_SECONDS):
            for generation in tuple(self._under_way):
                await generation.until(Stage.OVER)
        lease = self._settings.lease
        self._output.emit(
            events.WatchFinished(
                gen=self._number,
                exit_code=self.exit_code,
                runs=self._slot.runs,
                left=lease.executions if lease else (),
            )
        )

    # -- files change --------------------------------------------------------------------------------

    def _on_early_change(self, files: Fingerprint) -> None:
        if self._pausing.reason is None and not self._ending.is_set():
            self._preparer.prepare_early(files)

    def _on_note(self, note: Note) -> None:
        self._output.emit(events.WatchNoted(gen=self._number, text=note.text, hint=note.hint))

    def _changed(self, change: Change) -> None:
        self._pausing.changed(self._number, change, time.monotonic())
        if self._pausing.reason is None:
            self._begin(Cause.CHANGE, change.paths)
        else:
            self._rest()

    # -- generations ---------------------------------------------------------------------------------

    def _begin(self, cause: Cause, changed: tuple[str, ...] = ()) -> None:
        """A new generation, of the files as they are now. One that has not begun yet gives way."""
        if self._ending.is_set():
            return
        before = self._newest
        if before is not None:
            before.happened(Happened.NEWER)
            if before.outdated and not before.over:
                cause = before.cause if before.forced else cause
                changed = tuple(dict.fromkeys((*before.changed, *changed)))
        self._number += 1
        self._broken = None
        self._newest = Generation(self._number, cause, changed, self._watch.current)
        self._under_way.append(self._newest)
        self._tasks.start_soon(self._live, self._newest, before)

    async def _live(self, generation: Generation, before: Generation | None) -> None:
        outcome: RunFinished | RunError | None = None
        try:
            if before is not None:
                await before.until(Stage.RUNNING, Stage.OVER)
            preparation = await generation.unless_ending(partial(self._preparer.prepared, generation.files))
            if preparation is not None:
                if preparation.request is not None:
                    env = preparation.request.env
                    self._output.hide([each.value for each in env if each.secret])
                self._watch.watch_for(preparation)
                outcome = await self._slot.deploy_and_run(generation, preparation)
        finally:
            generation.happened(Happened.ENDED)
            self._under_way.remove(generation)
        self._after(generation, outcome)

    def _after(self, generation: Generation, outcome: RunFinished | RunError | None) -> None:
        """A generation is over. Is the loop?"""
        if not self._ending.is_set():
            if isinstance(outcome, RunFinished):
                self._after_run(generation, outcome)
            elif outcome is not None and outcome.exit_code == EXIT_INTERRUPTED:
                self.stop(CancelReason.INTERRUPTED, outcome.message)  # at the prompt
            elif outcome is not None and generation is self._newest:
                self._broken = outcome
            self._give_up()
        if generation.record is None:
            self._guard.no_op(frozenset(generation.changed), time.monotonic())
        self._rest()

    def _after_run(self, generation: Generation, finished: RunFinished) -> None:
        assert generation.record is not None, "it has run"
        self._answers.remember(generation.record)
        if generation.state.why is Why.SUPERSEDED:
            return
        self._finished_runs += 1
        if self._settings.until_success and finished.outcome is Outcome.SUCCEEDED:
            self.stop(CancelReason.INTERRUPTED, "the run succeeded", EXIT_OK)
        elif self._finished_runs == self._settings.runs:
            self.stop(CancelReason.INTERRUPTED, "that was the last run", finished.exit_code)
        elif generation.state.why is Why.LOST and generation.record.cause is not Cause.BACKEND and self._idle:
            self._begin(Cause.BACKEND)

    def _give_up(self) -> None:
        """A limit that is waited for would never come where nobody mends the project."""
        waits = self._settings.until_success or self._settings.runs is not None
        if self._broken is not None and waits and not self._settings.attended and self._idle:
            words = "the project is broken, and nobody is at a terminal to mend it"
            self.stop(CancelReason.INTERRUPTED, words, self._broken.exit_code)

    @property
    def _idle(self) -> bool:
        return self._slot.running is None and (self._newest is None or self._newest.over)

    def _rest(self) -> None:
        """Says what can be done while nothing is."""
        if self._idle and not self._ending.is_set():
            self._output.emit(
                events.WatchReady(
                    gen=self._number,
                    files=self._watch.files,
                    watcher=self._watch.watcher,
                    keys=self._settings.keys,
                    paused=self._pausing.reason is not None,
                )
            )
            self._tasks.start_soon(self._collect_garbage, self._number)

    async def _collect_garbage(self, number: int) -> None:
        await anyio.sleep(IDLE_BEFORE_COLLECTING_SECONDS)
        if self._idle and number == self._number:
            collect_garbage()

    # -- keys ----------------------------------------------------------------------------------------

    def press(self, key: str) -> None:
        """Any key; those that mean nothing do nothing."""
        if self._ending.is_set() or (self._newest is None and key.lower() != "q"):
            return  # before the first scan is over, one can only quit
        self._guard.reset()
        running = self._slot.running.record if self._slot.running else None
        match key.lower():
            case "r":
                self._tasks.start_soon(self._run_again)
            case "q":
                self.stop(CancelReason.INTERRUPTED, "q was pressed", EXIT_OK)
            case "c":
                self._cancel()
            case "p":
                self._pause_or_resume()
            case "h":
                self._answers.history(self._number, running)
            case "e":
                self._answers.explanation(self._number, running)
        if key.lower() in "cphe":
            self._rest()

    async def _run_again(self) -> None:
        self._begin(Cause.REQUEST, (await self._watch.scan_now()).paths)

    def _cancel(self) -> None:
        if self._slot.running is not None:
            self._slot.running.happened(Happened.CANCEL)
        else:
            self._answers.key(self._number, "c", "nothing is running")

    def _pause_or_resume(self) -> None:
        if self._pausing.reason is None:
            self._pausing.pause(self._number)
            return
        self._pausing.resume(self._number)
        if held_back := difference(self._slot.baseline.files, self._watch.current):
            self._begin(Cause.CHANGE, held_back.paths)


async def _import_what_calls_need() -> None:
    await to_thread.run_sync(import_what_calls_need, abandon_on_cancel=True)
