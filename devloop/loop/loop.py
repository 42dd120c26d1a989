"""Run; wait for a change; run again."""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

import anyio
from anyio import to_thread

from devloop.changes.fingerprint import Change, Fingerprint, difference
from devloop.changes.place import PlaceBack, PlaceGone
from devloop.changes.stream import open_changes
from devloop.loop import events
from devloop.loop.absence import Absence
from devloop.loop.answers import Answers
from devloop.loop.collect import collect_soon
from devloop.loop.commands import Commands
from devloop.loop.control import LoopControl
from devloop.loop.events import Cause
from devloop.loop.feedback import FeedbackGuards
from devloop.loop.generation import FORCED, Generation
from devloop.loop.given import GivenInput
from devloop.loop.interfaces import OpenChanges, Screen
from devloop.loop.limits import LoopLimits
from devloop.loop.output import LoopOutput
from devloop.loop.pausing import Pausing
from devloop.loop.prepare import Preparer
from devloop.loop.project_watch import ProjectWatch
from devloop.loop.reactions import Reactions
from devloop.loop.round import Round
from devloop.loop.round_work import Work
from devloop.loop.settings import LoopSettings
from devloop.loop.slots import Slots
from devloop.loop.state import Happened, Stage, Why
from runcmd.backend.calls import import_what_calls_need
from runcmd.errors import EXIT_INTERRUPTED, EXIT_OK, RunError, TargetError
from runcmd.events import CancelReason, RunFinished
from runcmd.project import OnChange
from runcmd.stream import CANCEL_SECONDS, EXIT_CODES

PATIENCE_SECONDS = 8.0  # with a cancel, which is bounded itself


class WatchLoop:
    """At most one round is being prepared, and at most one generation of each target runs."""

    def __init__(
        self, settings: LoopSettings, screen: Screen, open_changes: OpenChanges = open_changes
    ) -> None:
        self.exit_code = EXIT_OK
        self._settings = settings
        self._reactions = Reactions()
        self._output = LoopOutput(screen, partial(self.stop, CancelReason.TERMINATED), self._reactions.before)
        self._guards = FeedbackGuards()
        self._pausing = Pausing(self._guards, self._output.emit)
        self._slots = Slots(settings, self._output, self._guards)
        self._watch = ProjectWatch(
            settings,
            open_changes,
            on_early_change=self._on_early_change,
            on_note=lambda note: self._output.emit(
                events.WatchNoted(gen=self._number, text=note.text, hint=note.hint)
            ),
            on_place=self._on_place,
        )
        self._absence = Absence(self._output.emit)
        self._given = GivenInput(settings, self._output)
        self._answers = Answers(
            self._output.emit, self._watch.explanations, self._watch.remarks, self._watch.outside
        )
        self._preparer: Preparer
        self._number = 0  # of the newest round
        self.newest: Round | None = None
        self.rested = anyio.Event()  # set, and made anew, as soon as nothing is under way
        self._under_way: list[Round] = []  # none of them is over
        self._limits = LoopLimits(settings)
        self.commands = Commands(
            self, self._slots, self._watch, self._pausing, self._answers, self._absence, self._guards
        )
        self.press = self.commands.press
        self._ending = anyio.Event()
        self._starting = anyio.CancelScope()  # until the first scan is over

    @property
    def number(self) -> int:
        """Of the newest round; 0: the first scan is not over."""
        return self._number

    @property
    def ending(self) -> bool:
        """It is over soon."""
        return self._ending.is_set()

    @property
    def unwritable(self) -> OSError | None:
        """What kept us from saying what happens."""
        return self._output.unwritable

    async def run(self) -> int:
        """The exit status."""
        async with anyio.create_task_group() as self._tasks:
            if own := self._settings.control:
                self._output.emit(events.ControlOpened(gen=0, socket=own.path, project=own.project))
                self._tasks.start_soon(LoopControl(own, self.commands, self._output).serve)
            self._preparer = Preparer(
                self._settings.read, self._settings.discover, self._slots.ask, self._tasks
            )
            with self._starting:
                await self._given.gather(self.stop)
                await self._tasks.start(
                    self._watch.follow, self._preparer, self._changed, self._slots.watched_too
                )
                self._tasks.start_soon(_import_what_calls_need)
                if self._settings.explain:
                    self._tasks.start_soon(self._answers.follow_explanations, lambda: self._number)
                self.begin(Cause.START)
            await self._ending.wait()
            await self._end()
            self._tasks.cancel_scope.cancel()
        return self.exit_code

    def spawn(self, call: Callable[[], Coroutine[Any, Any, object]]) -> None:
        """Until the loop is over."""
        self._tasks.start_soon(call)

    def stop(self, reason: CancelReason, words: str = "", code: int | None = None) -> None:
        """Ends the loop: cancels what runs, and waits for the confirmation."""
        if not self.ending:
            self._ending.set()
            self.exit_code = EXIT_CODES[reason] if code is None else code
            seconds = CANCEL_SECONDS if self._slots.running else 0.0
            self._output.emit(
                events.WatchEnding(gen=self._number, reason=words or reason.value, seconds=seconds)
            )
        for each in self._under_way:
            each.happened(Happened.STOP, reason)
        self._starting.cancel()

    async def _end(self) -> None:
        with anyio.move_on_after(PATIENCE_SECONDS):
            for each in tuple(self._under_way):
                await each.until(Stage.OVER)
        lease = self._settings.lease
        left = lease.executions if lease else ()
        self._output.emit(
            events.WatchFinished(
                gen=self._number,
                exit_code=self.exit_code,
                runs=self._slots.runs,
                left=left,
                hints=tuple(map(self._slots.how_to_stop, left)),
            )
        )

    # -- files change --------------------------------------------------------------------------------

    def _on_early_change(self, files: Fingerprint) -> None:
        # A new file may be an editor's draft, which is gone when all has settled: it is not named before.
        change = difference(self._watch.current, files)
        if self._pausing.collects and not change.created:
            self._collect(files, early=True)
        if not self._pausing.holds and not self.ending:
            self._preparer.prepare_early(files)
            # Afterwards: the program starts first.
            self._tasks.start_soon(self._notice, change.modified)

    async def _notice(self, paths: tuple[str, ...]) -> None:
        if not self._pausing.holds and not self.ending:
            self._output.emit_all(self._reactions.noticed(self._number + 1, paths, time.monotonic()))

    def _on_place(self, news: PlaceGone | PlaceBack) -> None:
        if isinstance(news, PlaceGone):
            self._absence.begins(self._number, news)
            return
        self._absence.ends(self._number, news)
        held, changed = self._absence.take_held()
        first = self.newest.first if self.newest else None
        if held is None and first is not None and first.state.why is Why.BROKEN:
            # Perhaps because it was gone already.
            held, changed = first.cause if first.forced else Cause.CHANGE, first.changed
        if held is not None and (held in FORCED or not self._pausing.holds):
            self.begin(held, changed)
        elif news.changed:
            pass  # the change begins one
        else:
            self.rest()

    def _changed(self, change: Change) -> None:
        now = time.monotonic()
        if not self._pausing.holds:
            self._output.emit_all(self._reactions.noticed(self._number + 1, change.paths, now))
        self._pausing.changed(self._number, change, now)
        if not self._pausing.holds:
            self.begin(Cause.CHANGE, change.paths)
            return
        if self._pausing.collects:
            self._collect(self._watch.current)
        if not self._pausing.collects or self._settings.keys():
            self.rest()

    def _collect(self, files: Fingerprint, *, early: bool = False) -> None:
        changed = self._slots.held_back(files).paths
        self._output.emit_all(
            self._reactions.collected(
                self._number, files, changed, time.monotonic(), keys=self._settings.keys(), early=early
            )
        )

    # -- rounds --------------------------------------------------------------------------------------

    def begin(self, cause: Cause, changed: tuple[str, ...] = ()) -> Round | None:
        """A new round, of the files as they are now. What has not begun yet of the one before gives way."""
        if self.ending or self._absence.holds(cause, changed):
            return None
        before = self.newest
        if before is not None:
            before.happened(Happened.NEWER)
            if before.outdated and not before.over:
                cause = before.first.cause if before.first.forced else cause
                changed = tuple(dict.fromkeys((*before.first.changed, *changed)))
        self._number += 1
        self._limits.began()
        self.newest = Round(self._number, cause, changed, self._watch.current)
        self._under_way.append(self.newest)
        first = partial(self._prepare_and_run, self.newest, before)
        self._tasks.start_soon(self._live, self.newest, self.newest.first, first)
        return self.newest

    async def _live(self, this: Round, generation: Generation, work: Work) -> None:
        outcome: RunFinished | RunError | None = None
        try:
            outcome = await work()
        finally:
            generation.happened(Happened.ENDED)
            if this.over:
                self._under_way.remove(this)
        self._after(this, generation, outcome)

    async def _prepare_and_run(self, this: Round, before: Round | None) -> RunFinished | RunError | None:
        """The work of its first generation, which has the others begin."""
        if before is not None:
            await before.until(Stage.RUNNING, Stage.OVER)
        first = this.first
        preparation = await first.unless_ending(
            partial(self._preparer.prepared, first.files, partial(self._output.show_live, first))
        )
        if preparation is None:
            return None
        if before is not None:
            self._given.used_again(this.number)
        if self._absence.explains(preparation.error):
            self._absence.holds(first.cause, first.changed)
            return None
        self._output.hide_secrets(preparation.request)
        self._reactions.program = preparation.program
        self._pausing.manual = self._settings.policy(preparation.request) is OnChange.MANUAL
        self._watch.watch_for(preparation)
        (_, work), *others = self._slots.works(this, preparation)
        for generation, its_work in others:
            self._tasks.start_soon(self._live, this, generation, its_work)
        return await work()

    def _after(self, this: Round, generation: Generation, outcome: RunFinished | RunError | None) -> None:
        """A generation is over. Is the loop?"""
        if not self.ending:
            if generation.record is not None and isinstance(outcome, RunFinished):
                self._answers.remember(generation.record)
                if generation.state.why is not Why.SUPERSEDED:
                    self._limits.finished(this.number)
            elif isinstance(outcome, RunError) and outcome.exit_code == EXIT_INTERRUPTED:
                self.stop(CancelReason.INTERRUPTED, outcome.message)  # at the prompt
            elif isinstance(outcome, RunError) and this is self.newest:
                self._limits.broken(outcome)
            elif this is self.newest and self._slots.missing:
                self._limits.broken(TargetError("the code no longer declares what is to run", code="E0602"))
            self._end_at_limit(this)
        if this.over and not this.ran:
            self._guards.no_op(frozenset(this.first.changed), time.monotonic())
        if self.newest is not None and self.newest.settled and self._slots.take_lost():
            self.begin(Cause.BACKEND)
        if self.resting:
            self.rested.set()
            self.rested = anyio.Event()
        self.rest()

    def _end_at_limit(self, this: Round) -> None:
        reached = None
        if this.over and not self._slots.waits:
            coming = self.newest is not None and not self.newest.settled
            reached = self._limits.reached(self._slots.results, coming=coming)
        if reached is None and self.resting:
            reached = self._limits.given_up()
        if reached is not None:
            words, code = reached
            self.stop(CancelReason.INTERRUPTED, words, code)

    @property
    def resting(self) -> bool:
        """Nothing is under way."""
        return not self._slots.running and self.newest is not None and self.newest.over

    def rest(self) -> None:
        """Says what can be done while nothing is."""
        if self.resting and not self.ending and not self._absence.missing:
            self._output.emit(
                events.WatchReady(
                    gen=self._number,
                    files=self._watch.files,
                    watcher=self._watch.watcher,
                    keys=self._settings.keys(),
                    paused=self._pausing.reason is not None,
                )
            )
            number = self._number
            self._tasks.start_soon(collect_soon, lambda: self.resting and number == self._number)


async def _import_what_calls_need() -> None:
    await to_thread.run_sync(import_what_calls_need, abandon_on_cancel=True)
