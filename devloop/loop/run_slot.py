"""The place where one target runs: a newer run of it takes the place of the older one."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from devloop.loop import events, reports
from devloop.loop.baseline import Baseline
from devloop.loop.deployer import Deployer
from devloop.loop.edition import Edition
from devloop.loop.events import Cause
from devloop.loop.feedback import FeedbackGuard, FeedbackGuards
from devloop.loop.generation import Generation
from devloop.loop.output import LoopOutput
from devloop.loop.settings import LoopSettings
from devloop.loop.state import Happened, LoopAction, Stage, Why
from runcmd.errors import EXIT_BACKEND, RunError
from runcmd.events import (
    CancelFinished,
    CancelOutcome,
    CancelReason,
    Event,
    ExecutionCreated,
    RunFinished,
    SubAgentChanged,
    TaskStarted,
    ToolCallChanged,
)
from runcmd.execute import execute
from runcmd.project import OnChange
from runcmd.resolve import Candidate
from runcmd.resource import key
from runcmd.stream import Run
from runcmd.target import find_target

MOST_KEPT = 4  # runs of a target at once, the new one included
WRITES_NOTHING = ("set", "switch", "wait", "raise", "listen", "for", "fork", "try")


class RunSlot:
    """Has at most one run, or with `--on-change keep` a few. The one holder of what ran last here."""

    def __init__(
        self,
        settings: LoopSettings,
        deployer: Deployer,
        output: LoopOutput,
        guards: FeedbackGuards,
        count: Callable[[], int],
    ) -> None:
        self.running: list[Generation] = []  # the oldest first
        self.newest: Generation | None = None  # that ran
        self.name = ""  # of one of several targets
        self.missing = False  # the code does not declare it any more, which is said
        self.baseline = Baseline()
        self._guard = FeedbackGuard()
        guards.add(self._guard)
        self._guards = guards
        self.result: RunFinished | None = None  # of the last run that did not give way
        self.lost = False  # its run lost the backend, and nothing runs in place of it
        self._settings = settings
        self._deployer = deployer
        self._output = output
        self._count = count  # gives a run its number

    async def deploy_and_run(self, edition: Edition) -> RunFinished | RunError | None:
        """From a manifest to the end of a run, or to the reason why there is none."""
        generation = edition.generation
        if edition.waits(self._on_change(edition)) and self.running:
            self._output.emit(reports.queued(generation, self.running[-1]))
            for each in tuple(self.running):
                await generation.unless_ending(partial(each.until, Stage.OVER))
        if LoopAction.DEPLOY not in generation.happened(Happened.READY):
            return None
        try:
            return await self._deployer.retry.retry_until_reachable(
                generation, partial(self.attempt, edition)
            )
        except RunError as error:
            return self.broken(edition, error)
        finally:
            self.left(generation)

    async def attempt(self, edition: Edition) -> RunFinished | None:
        """Deploys and runs, once. Raises RunError."""
        generation, request, began = edition.generation, edition.request, time.monotonic()
        said: list[Event] = []

        async def hear(event: Event) -> None:
            said.append(event)

        await self._deployer.orphans.cancel(generation.number)
        async with self._deployer.deploy(generation, edition.version) as deployed:
            turns = self._settings.turns
            find = find_target if turns is None else turns.find
            target = await find(request, deployed, self._choose, hear)
            generation.target = self.name or target.slug
            if turns is not None and not turns.waiting:
                self._take(edition, target, said)
                return None
            if LoopAction.SUPERSEDE not in generation.happened(Happened.DEPLOYED):
                return None
            edition.version.announce()
            await self._make_room(edition)
            repeated = await turns.next(request, deployed) if turns is not None else None
            if LoopAction.START not in generation.happened(Happened.FREE):
                return None
            self._start(edition, target, said)
            if repeated is not None:
                self._output.emit(reports.repeated(generation, repeated))
            request = request if turns is None else turns.asks(request)
            left = None if request.timeout is None else began + request.timeout - time.monotonic()
            async with execute(target, request, deployed, pace=self._settings.pace, timeout=left) as run:
                return await self._follow(generation, run)

    def left(self, generation: Generation) -> None:
        """Nothing of it runs here any more."""
        if generation in self.running:
            self.running.remove(generation)
            self._deployer.orphans.left(generation)

    def broken(self, edition: Edition, error: RunError) -> RunError:
        """It cannot be deployed, or not run."""
        generation = edition.generation
        actions = generation.happened(Happened.BROKEN)
        self._forget_if(generation, actions)
        if LoopAction.REPORT in actions and edition.version.first_word_of(error):
            if generation.record is None:  # else they were shown after its header
                self._output.show_all(generation.number, edition.version.held.take())
            goes_on = any(each is not generation for each in self._deployer.running())
            target = "" if error is edition.version.refused else self.name
            self._output.emit(reports.broken(generation, error, running=goes_on, target=target))
        return error

    async def _choose(self, candidates: Sequence[Candidate]) -> Candidate | None:
        """What was chosen once is not asked again."""
        for each in candidates:
            if key(each.kind, each.slug) == self.baseline.chosen:
                return each
        chosen = await self._settings.choose(candidates) if self._settings.choose else None
        if chosen is not None:
            self.baseline = replace(self.baseline, chosen=key(chosen.kind, chosen.slug))
        return chosen

    def _on_change(self, edition: Edition) -> OnChange:
        return self._settings.policy(edition.request)

    async def _make_room(self, edition: Edition) -> None:
        """Returns when nothing else runs here any more, or no more than may be kept."""
        new, kept = edition.generation, MOST_KEPT if self._on_change(edition) is OnChange.KEEP else 0
        room = max(kept - 1, 0)  # beside the new one
        too_many = self.running[: len(self.running) - room] if len(self.running) > room else []
        for old in too_many:
            actions = old.happened(Happened.SUPERSEDE, CancelReason.SUPERSEDED)
            self._forget_if(old, actions)
            if LoopAction.REPORT in actions:
                superseded = events.RunSuperseded(gen=old.number, by=new.number, target=old.target, kept=kept)
                self._output.emit(superseded)
        for old in too_many:
            await old.until(Stage.OVER)
        if too_many:
            # What could not be cancelled must not run beside it.
            await self._deployer.orphans.cancel(new.number)

    def _take(self, edition: Edition, target: Candidate, said: Sequence[Event]) -> None:
        """It is deployed, and there is nothing to ask."""
        generation, version = edition.generation, edition.version
        generation.happened(Happened.NOT_RUN)
        version.announce()
        self.baseline = self.baseline.started(target, version.manifest, edition.request).accepted(
            generation.files
        )
        taken = reports.taken(edition, target)
        self._output.show_all(generation.number, version.held.take())
        self._output.show_all(generation.number, said, generation.target)
        self._output.emit(taken)

    def _start(self, edition: Edition, target: Candidate, said: Sequence[Event]) -> None:
        """All is deployed and the place is free: the header."""
        generation, version, run = edition.generation, edition.version, self._count()
        self.running.append(generation)
        self.newest = generation
        self.lost = False
        self.baseline = self.baseline.started(target, version.manifest, edition.request).accepted(
            generation.files
        )
        generation.begin(reports.record(edition, run))
        self._deployer.orphans.creating(generation)
        self._guards.began(self._guard, time.monotonic())
        beside = f"run {run}" if self._on_change(edition) is OnChange.KEEP else ""
        self._output.emit(reports.started(edition, run, f"{self.name} {beside}".strip()))
        self._output.show_all(generation.number, version.held.take())
        self._output.show_all(generation.number, said, generation.target)

    async def _follow(self, generation: Generation, run: Run) -> RunFinished:
        generation.follow(run)
        finished: RunFinished | None = None
        async for event in run:
            generation.note(event)
            self._note(generation, event)
            comparison = self._settings.turns.heard(event) if self._settings.turns is not None else None
            self._output.show(generation.number, event, generation.target)
            if comparison is not None:
                self._output.emit(reports.compared(generation, comparison))
            if isinstance(event, RunFinished):
                finished = event
        assert finished is not None, "it is always the last event"
        if generation is self.newest and generation.state.why is not Why.SUPERSEDED:
            self.result = finished
        return finished

    def _note(self, generation: Generation, event: Event) -> None:
        match event:
            case ExecutionCreated():
                self._deployer.orphans.created(generation, event.execution)
            case CancelFinished() if event.outcome is CancelOutcome.UNSUPPORTED:
                self._deployer.orphans.cannot_cancel(event.execution)
            case TaskStarted() if event.kind not in WRITES_NOTHING:
                self._guard.can_write()
            case ToolCallChanged() | SubAgentChanged():
                self._guard.can_write()
            case RunFinished():
                if generation is self.newest:
                    self._guard.ended(time.monotonic())
                record = generation.record
                self._deployer.orphans.ended(generation, event, record.execution if record else "")
                self._ended(generation, lost=event.exit_code == EXIT_BACKEND)
            case _:
                pass

    def _ended(self, generation: Generation, *, lost: bool) -> None:
        """A run that was itself begun because of a loss is not repeated."""
        assert generation.record is not None, "it has run"
        wanted = generation.state.why is None
        self._forget_if(generation, generation.happened(Happened.LOST if lost else Happened.FINISHED))
        if generation is self.newest:
            self.lost = lost and wanted and generation.record.cause is not Cause.BACKEND

    def _forget_if(self, generation: Generation, actions: Sequence[LoopAction]) -> None:
        if LoopAction.FORGET in actions and generation is self.newest:
            self.baseline = self.baseline.forgotten()
