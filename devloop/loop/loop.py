"""Run; wait for a change; run again."""

from __future__ import annotations

import time
from functools import partial

import anyio
from anyio import to_thread
from anyio.abc import TaskStatus

from devloop.changes.fingerprint import Change, Fingerprint, difference, extra_key
from devloop.changes.stream import Changes, Explanation, Note, open_changes
from devloop.loop import events
from devloop.loop.answers import explanation_shown, follow_explanations, history_shown, key_answered
from devloop.loop.collect import collect_garbage
from devloop.loop.events import Cause, LoopEvent, PauseReason
from devloop.loop.feedback import FeedbackGuard, ignore_lines
from devloop.loop.generation import Generation
from devloop.loop.prepare import Preparation, Preparer
from devloop.loop.run_slot import RunSlot
from devloop.loop.settings import LoopSettings, Screen, Watching
from devloop.loop.watched import missed, with_inputs
from runcmd.backend.calls import import_what_calls_need
from runcmd.errors import EXIT_BACKEND, EXIT_OK
from runcmd.events import CancelReason, Event, Outcome, RunFinished
from runcmd.stream import EXIT_CODES

GOODBYE_SECONDS = 3.0
PATIENCE_SECONDS = 8.0  # with a goodbye, which is bounded itself
HISTORY = 100
IDLE_BEFORE_COLLECTING_SECONDS = 0.5  # of rest


class WatchLoop:
    """At most one generation is being prepared and at most one runs; the newest content wins."""

    def __init__(self, plan: LoopSettings, screen: Screen) -> None:
        self.exit_code = EXIT_OK
        self.unwritable: OSError | None = None
        self._plan = plan
        self._screen = screen
        self._feedback = FeedbackGuard()
        self._slot = RunSlot(plan, self._show, self._emit, self._feedback)
        self._changes: Changes
        self._watching: Watching
        self._rewatch: anyio.CancelScope
        self._preparer: Preparer
        self._generation = 0
        self._newest: Generation | None = None
        self._history: list[Generation] = []
        self._noted: set[Note] = set()
        self._pause: PauseReason | None = None
        self._finished_runs = 0
        self._over = anyio.Event()
        self._starting = anyio.CancelScope()  # until the files were looked at for the first time

    async def run(self) -> int:
        """The exit status."""
        async with anyio.create_task_group() as self._tasks:
            self._preparer = Preparer(self._plan.read, self._plan.discover, self._slot.ask, self._tasks)
            with self._starting:
                await self._tasks.start(self._watch)
                if self._plan.explain:
                    self._tasks.start_soon(self._tell_explanations)
                self._begin(Cause.START)
            await self._over.wait()
            await self._goodbye()
            self._tasks.cancel_scope.cancel()
        return self.exit_code

    def stop(self, reason: CancelReason, words: str = "", code: int | None = None) -> None:
        """Ends the loop: cancels what runs, and waits for the confirmation."""
        if not self._slot.closing:
            self._slot.closing = True
            self.exit_code = EXIT_CODES[reason] if code is None else code
            seconds = GOODBYE_SECONDS if self._slot.running else 0.0
            self._emit(
                events.WatchEnding(gen=self._generation, reason=words or reason.value, seconds=seconds)
            )
        for generation in (self._newest, self._slot.running):
            if generation is not None:
                generation.stop(reason)
        self._over.set()
        self._starting.cancel()

    async def _goodbye(self) -> None:
        with anyio.move_on_after(PATIENCE_SECONDS):
            for generation in (self._newest, self._slot.running):
                if generation is not None:
                    await generation.over.wait()
        self._emit(
            events.WatchFinished(
                gen=self._generation,
                exit_code=self.exit_code,
                runs=self._slot.runs,
                left=self._plan.lease.executions if self._plan.lease else (),
            )
        )

    def _show(self, generation: Generation, event: Event) -> None:
        self._written(partial(self._screen.show, generation.number, event))

    def _emit(self, event: LoopEvent) -> None:
        self._written(partial(self._screen.emit, event))

    def _written(self, write: partial[None]) -> None:
        if self.unwritable is None:
            try:
                write()
            except OSError as error:  # nobody reads any more
                self.unwritable = error
                self.stop(CancelReason.TERMINATED)

    # -- what happens --------------------------------------------------------------------------------

    async def _watch(self, *, task_status: TaskStatus[None]) -> None:
        self._watching = self._plan.watching(self._plan.read())
        begun = False
        while True:
            watching = self._watching
            on_first_scan = None if begun else self._preparer.begin
            async with open_changes(
                watching.root,
                watching.settings,
                extra=watching.extra,
                on_first_scan=on_first_scan,
                on_early_change=self._on_early_change,
                on_note=self._note,
            ) as changes:
                change = missed(watching, self._changes.current, changes.current) if begun else None
                self._adopt(changes)
                if not begun:
                    begun = True
                    await self._preparer.scanned(watching.root, changes.current, still=changes.undisturbed)
                    self._tasks.start_soon(_import_what_calls_need)
                    task_status.started()
                if change:
                    self._changed(change)
                with anyio.CancelScope() as self._rewatch:
                    # Something else may have been wanted while this was opened.
                    while watching == self._watching:
                        self._changed(await changes.next())

    def _adopt(self, changes: Changes) -> None:
        self._changes = changes
        for key in {extra_key(self._watching.root, path) for path in self._watching.extra}:
            if (mark := changes.current.get(key)) is not None:
                # What is watched only from now on is as it was deployed.
                self._slot.deployed = {key: mark, **self._slot.deployed}

    def _note(self, note: Note) -> None:
        if note not in self._noted:
            self._noted.add(note)
            self._emit(events.WatchNoted(gen=self._generation, text=note.text, hint=note.hint))

    def _watch_for(self, preparation: Preparation) -> None:
        """Settings may have changed, and the program may read what nobody watches yet."""
        if preparation.request is None or preparation.manifest is None:
            return
        asked = self._plan.watching(preparation.request)
        wanted = with_inputs(asked, preparation.manifest.inputs, self._changes.ignores)
        if wanted != self._watching:
            self._watching = wanted
            self._rewatch.cancel()

    def _on_early_change(self, fingerprint: Fingerprint) -> None:
        if self._pause is None and not self._slot.closing:
            self._preparer.prepare_early(fingerprint)

    def _changed(self, change: Change) -> None:
        now = time.monotonic()
        files = frozenset(change.paths)
        stormy = self._feedback.changed(files, now)
        if self._pause is PauseReason.STORM and self._feedback.quiet(now):
            self._resume()  # it was somebody else, after all
        begins_storm = stormy and self._pause is None
        if begins_storm:
            self._pause = PauseReason.STORM
        self._emit(
            events.ChangeSeen(
                gen=self._generation + 1,
                created=change.created,
                modified=change.modified,
                deleted=change.deleted,
                held=self._pause is not None,
            )
        )
        if begins_storm:
            self._emit(
                events.StormPaused(
                    gen=self._generation, files=tuple(sorted(files)), ignore=ignore_lines(files)
                )
            )
        if self._pause is None:
            self._begin(Cause.CHANGE, change.paths)
        else:
            self._rest()

    def _begin(self, cause: Cause, changed: tuple[str, ...] = ()) -> None:
        """A new generation, of the files as they are now. One that has not begun yet gives way."""
        if self._slot.closing:
            return
        before = self._newest
        if before is not None and not before.settled.is_set():
            before.outdate()
            cause = before.cause if before.forced else cause
            changed = tuple(dict.fromkeys((*before.changed, *changed)))
        self._generation += 1
        self._newest = Generation(self._generation, cause, changed, self._changes.current)
        self._tasks.start_soon(self._live, self._newest, before)

    async def _live(self, generation: Generation, before: Generation | None) -> None:
        try:
            if before is not None:
                await before.settled.wait()
            preparation = await generation.unless_outdated(
                partial(self._preparer.prepared, generation.fingerprint)
            )
            if preparation is not None:
                if preparation.request is not None:
                    env = preparation.request.env
                    self._screen.hide([each.value for each in env if each.secret])
                self._watch_for(preparation)
                await self._slot.deploy_and_run(generation, preparation)
        finally:
            generation.end()
            if self._slot.running is generation:
                self._slot.running = None
        self._after(generation)

    def _after(self, generation: Generation) -> None:
        """A generation is over. Is the loop?"""
        finished = generation.finished
        if self._slot.closing:
            pass
        elif generation.gave_up:
            self.stop(CancelReason.INTERRUPTED, generation.gave_up)
        elif finished is not None:
            self._after_run(generation, finished)
        if not generation.begun:
            self._feedback.no_op(frozenset(generation.changed), time.monotonic())
        self._rest()

    def _rest(self) -> None:
        """Says what can be done while nothing is."""
        if self._idle and not self._slot.closing:
            self._emit(
                events.WatchReady(
                    gen=self._generation,
                    files=self._changes.files,
                    watcher=self._changes.watcher,
                    keys=self._plan.keys,
                    paused=self._pause is not None,
                )
            )
            self._tasks.start_soon(self._collect_garbage, self._generation)

    async def _collect_garbage(self, generation: int) -> None:
        await anyio.sleep(IDLE_BEFORE_COLLECTING_SECONDS)
        if self._idle and generation == self._generation:
            collect_garbage()

    def _after_run(self, generation: Generation, finished: RunFinished) -> None:
        self._history = [*self._history, generation][-HISTORY:]
        if generation.superseded:
            return
        self._finished_runs += 1
        if self._plan.until_success and finished.outcome is Outcome.SUCCEEDED:
            self.stop(CancelReason.INTERRUPTED, "the run succeeded", EXIT_OK)
        elif self._finished_runs == self._plan.runs:
            self.stop(CancelReason.INTERRUPTED, "that was the last run", finished.exit_code)
        elif finished.exit_code == EXIT_BACKEND and generation.cause is not Cause.BACKEND and self._idle:
            self._begin(Cause.BACKEND)

    @property
    def _idle(self) -> bool:
        return self._slot.running is None and (self._newest is None or self._newest.over.is_set())

    # -- keys ----------------------------------------------------------------------------------------

    def press(self, key: str) -> None:
        """Any key; those that mean nothing do nothing."""
        if self._slot.closing:
            return
        self._feedback.reset()
        action = {
            "r": self._rerun,
            "c": self._cancel,
            "p": self._pause_or_resume,
            "h": self._show_history,
            "e": self._explain,
            "q": self._quit,
        }.get(key.lower())
        if action is not None:
            action()
            if key.lower() in "cphe":
                self._rest()

    def _rerun(self) -> None:
        self._tasks.start_soon(self._run_again)

    async def _run_again(self) -> None:
        self._begin(Cause.REQUEST, (await self._changes.scan_now()).paths)

    def _cancel(self) -> None:
        run = self._slot.running and self._slot.running.run
        if run:
            run.cancel(CancelReason.INTERRUPTED)
        else:
            self._emit(key_answered(self._generation, "c", "nothing is running"))

    def _pause_or_resume(self) -> None:
        if self._pause is None:
            self._pause = PauseReason.ASKED
            self._emit(events.WatchPaused(gen=self._generation, reason=self._pause))
            return
        self._resume()
        if missed := difference(self._slot.deployed, self._changes.current):
            self._begin(Cause.CHANGE, missed.paths)

    def _resume(self) -> None:
        self._pause = None
        self._emit(events.WatchResumed(gen=self._generation))

    def _quit(self) -> None:
        self.stop(CancelReason.INTERRUPTED, "q was pressed", EXIT_OK)

    def _show_history(self) -> None:
        running = self._slot.running
        self._emit(history_shown(self._generation, [*self._history, *([running] if running else [])]))

    def _explain(self) -> None:
        latest = self._slot.running or (self._history[-1] if self._history else None)
        self._emit(explanation_shown(self._generation, latest, self._changes.explanations))

    async def _tell_explanations(self) -> None:
        def emit(each: Explanation) -> None:
            self._emit(events.FileUncounted(gen=self._generation, path=each.path, reason=each.reason))

        await follow_explanations(lambda: self._changes.explanations, emit)


async def _import_what_calls_need() -> None:
    await to_thread.run_sync(import_what_calls_need, abandon_on_cancel=True)
