"""Deploys a version of the project, and has it take the place of what runs."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial

from devloop.changes.fingerprint import Fingerprint
from devloop.loop import events, reports
from devloop.loop.baseline import Baseline, Verdict, hashes
from devloop.loop.connection import BackendConnection
from devloop.loop.edition import Edition, HeldEvents, edition_of
from devloop.loop.events import Cause
from devloop.loop.feedback import FeedbackGuard
from devloop.loop.generation import Generation
from devloop.loop.orphans import Orphans
from devloop.loop.output import LoopOutput
from devloop.loop.prepare import Prepared
from devloop.loop.retry import BackendRetry
from devloop.loop.settings import LoopSettings
from devloop.loop.state import Happened, LoopAction, Stage
from runcmd.create import warn_of_empty_values
from runcmd.deploy import Deployed, deploy
from runcmd.errors import EXIT_BACKEND, RunError
from runcmd.events import (
    ApplyFinished,
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
from runcmd.resolve import Candidate
from runcmd.resource import key
from runcmd.stream import Run
from runcmd.target import find_target

WRITES_NOTHING = ("set", "switch", "wait", "raise", "listen", "for", "fork", "try")


class RunSlot:
    """Deploys, and has at most one run. The one holder of what is deployed."""

    def __init__(self, settings: LoopSettings, output: LoopOutput, guard: FeedbackGuard) -> None:
        self.running: Generation | None = None
        self.runs = 0
        self.baseline = Baseline()
        self._settings = settings
        self._output = output
        self._guard = guard
        lease = settings.lease
        connection = BackendConnection(settings.connect, lease.connected if lease else lambda target: None)
        self._connection = connection
        self._retry = BackendRetry(connection, output.emit)
        self._orphans = Orphans(lease, settings.leases, connection, output.emit)
        self.ask = connection.ask

    def watched_too(self, files: Fingerprint) -> None:
        """What is watched only from now on is as it was deployed."""
        self.baseline = self.baseline.watched_too(files)

    async def deploy_and_run(
        self, generation: Generation, prepared: Prepared
    ) -> RunFinished | RunError | None:
        """From a manifest to the end of a run, or to the reason why there is none."""
        held = HeldEvents(prepared.events)
        if prepared.error is not None:
            return self._broken(generation, held, prepared.error)
        owner = self._settings.lease.owner if self._settings.lease else ""
        edition = edition_of(generation, prepared, self.baseline, held, owner)
        if edition.waits(self._settings.on_change) and self.running is not None:
            await generation.unless_ending(partial(self.running.until, Stage.OVER))
        if LoopAction.DEPLOY not in generation.happened(Happened.READY):
            return None
        try:
            return await self._retry.retry_until_reachable(generation, partial(self._attempt, edition))
        except RunError as error:
            return self._broken(generation, held, error)
        finally:
            if self.running is generation:
                self.running = None

    async def _attempt(self, edition: Edition) -> RunFinished | None:
        generation, request = edition.generation, edition.request
        edition.held.restart()
        if edition.verdict is not Verdict.RUN:
            if await self._deploy_only(edition):
                return None
            # The run that it leaves alone has lost its backend meanwhile.
            edition = replace(edition, cause=Cause.BACKEND)
            edition.held.restart()
        began = time.monotonic()
        await self._cancel_orphans(generation)
        await warn_of_empty_values(request, partial(self._hear, edition))
        async with self._deploy(edition) as deployed:
            target = await find_target(request, deployed, self._choose, partial(self._hear, edition))
            if LoopAction.SUPERSEDE not in generation.happened(Happened.DEPLOYED):
                return None
            await self._supersede(generation)
            if LoopAction.START not in generation.happened(Happened.FREE):
                return None
            self._start(edition, target)
            left = None if request.timeout is None else began + request.timeout - time.monotonic()
            async with execute(target, request, deployed, pace=self._settings.pace, timeout=left) as run:
                return await self._follow(generation, run)

    # -- deploying -----------------------------------------------------------------------------------

    @asynccontextmanager
    async def _deploy(self, edition: Edition) -> AsyncIterator[Deployed]:
        connect, known = self._connection.for_run(), self._connection.known(edition.answer)
        hear = partial(self._hear, edition)
        async with deploy(edition.request, connect, hear, manifest=edition.manifest, known=known) as deployed:
            self.baseline = self.baseline.deployed(edition.manifest)
            yield deployed

    async def _deploy_only(self, edition: Edition) -> bool:
        """False: it turns out that it has to run."""
        generation, held = edition.generation, edition.held
        held.total = len(edition.manifest.resources)
        if hashes(edition.manifest) != self.baseline.hashes:
            async with self._deploy(edition):
                pass
        if edition.verdict is Verdict.UNAFFECTED and self.baseline.footprint is None:
            return False
        if LoopAction.REPORT in generation.happened(Happened.NOT_RUN):
            self.baseline = self.baseline.accepted(generation.files)
            assert self.baseline.target is not None, "something has run before"
            self._output.emit(reports.not_run(edition, self.baseline.target))
            self._show_held(generation, held)
        return True

    def _broken(self, generation: Generation, held: HeldEvents, error: RunError) -> RunError:
        actions = generation.happened(Happened.BROKEN)
        self._forget_if(actions)
        if LoopAction.REPORT in actions:
            if generation.record is None:  # else they were shown after its header
                self._show_held(generation, held)
            goes_on = self.running is not None and self.running is not generation
            self._output.emit(reports.broken(generation, error, running=goes_on))
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

    async def _hear(self, edition: Edition, event: Event) -> None:
        """What the deployment says; its connection may say something later, too."""
        if isinstance(event, ApplyFinished):
            self._retry.answered(edition.generation)
        if edition.generation.record is None:
            edition.held.add(event)
        else:
            self._output.show(edition.generation.number, event)

    def _show_held(self, generation: Generation, held: HeldEvents) -> None:
        for event in held.events:
            self._output.show(generation.number, event)

    # -- running -------------------------------------------------------------------------------------

    async def _supersede(self, new: Generation) -> None:
        """Returns when nothing else runs any more."""
        if (old := self.running) is None:
            return
        actions = old.happened(Happened.SUPERSEDE, CancelReason.SUPERSEDED)
        self._forget_if(actions)
        if LoopAction.REPORT in actions:
            self._output.emit(events.RunSuperseded(gen=old.number, by=new.number))
        await old.until(Stage.OVER)
        # What could not be cancelled must not run beside it.
        await self._cancel_orphans(new)

    async def _cancel_orphans(self, generation: Generation) -> None:
        record = self.running.record if self.running else None
        await self._orphans.cancel(generation.number, record.execution if record else "")

    def _start(self, edition: Edition, target: Candidate) -> None:
        """All is deployed and nothing else runs: the header."""
        generation = edition.generation
        self.runs += 1
        self.running = generation
        self.baseline = self.baseline.started(target, edition.manifest, edition.request).accepted(
            generation.files
        )
        generation.begin(reports.record(edition, self.runs))
        self._guard.began(time.monotonic())
        self._output.emit(reports.started(edition, self.runs))
        self._show_held(generation, edition.held)

    async def _follow(self, generation: Generation, run: Run) -> RunFinished:
        generation.follow(run)
        finished: RunFinished | None = None
        async for event in run:
            generation.note(event)
            self._note(generation, event)
            self._output.show(generation.number, event)
            if isinstance(event, RunFinished):
                finished = event
        assert finished is not None, "it is always the last event"
        return finished

    def _note(self, generation: Generation, event: Event) -> None:
        match event:
            case ExecutionCreated():
                self._orphans.created(event.execution)
            case CancelFinished() if event.outcome is CancelOutcome.UNSUPPORTED:
                self._orphans.cannot_cancel(event.execution)
            case TaskStarted() if event.kind not in WRITES_NOTHING:
                self._guard.can_write()
            case ToolCallChanged() | SubAgentChanged():
                self._guard.can_write()
            case RunFinished():
                self._guard.ended(time.monotonic())
                self._orphans.ended(event, generation.record.execution if generation.record else "")
                lost = event.exit_code == EXIT_BACKEND
                self._forget_if(generation.happened(Happened.LOST if lost else Happened.FINISHED))
            case _:
                pass

    def _forget_if(self, actions: Sequence[LoopAction]) -> None:
        if LoopAction.FORGET in actions:
            self.baseline = self.baseline.forgotten()
