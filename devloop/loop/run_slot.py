"""What runs now, and how the next generation takes its place."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial

from devloop.changes.fingerprint import Fingerprint, difference
from devloop.loop import events
from devloop.loop.events import Cause, LoopEvent
from devloop.loop.feedback import FeedbackGuard
from devloop.loop.footprint import Footprint, affected, environment_differs, footprint
from devloop.loop.generation import Generation
from devloop.loop.prepare import KnownState, Preparation
from devloop.loop.retry import BackendRetry
from devloop.loop.settings import LoopSettings
from devloop.loop.target import declared_key, is_declared
from runcmd.create import warn_of_empty_values
from runcmd.deploy import Deployed, deploy
from runcmd.errors import EXIT_BACKEND, EXIT_INTERRUPTED, RunError
from runcmd.events import (
    ApplyFinished,
    CancelFinished,
    CancelOutcome,
    CancelReason,
    Event,
    ExecutionCreated,
    Outcome,
    RunFinished,
    SubAgentChanged,
    TargetResolved,
    TaskStarted,
    ToolCallChanged,
)
from runcmd.execute import execute
from runcmd.project import OnChange
from runcmd.request import RunRequest
from runcmd.resolve import Candidate
from runcmd.synthesis.manifest import Manifest, key
from runcmd.target import find_target

WRITES_NOTHING = ("set", "switch", "wait", "raise", "listen", "for", "fork", "try")

Show = Callable[[Generation, Event], None]
Emit = Callable[[LoopEvent], None]


class RunSlot:
    """Deploys, and has at most one run."""

    def __init__(self, plan: LoopSettings, show: Show, emit: Emit, feedback: FeedbackGuard) -> None:
        self.running: Generation | None = None
        self.runs = 0
        self.deployed: Fingerprint = {}
        self._plan = plan
        self._show = show
        self._emit = emit
        self._feedback = feedback
        self._retry = BackendRetry(plan, emit)
        self.ask = self._retry.ask
        self._footprint: Footprint | None = None  # None: whatever comes next makes a difference
        self._target: TargetResolved | None = None
        self._target_declared = False
        self._latest = ""  # the key of what ran or was chosen last
        self._hashes: dict[str, str] = {}  # as we deployed them

    @property
    def closing(self) -> bool:
        """The loop ends: nothing begins any more."""
        return self._retry.closing

    @closing.setter
    def closing(self, closing: bool) -> None:
        self._retry.closing = closing

    async def deploy_and_run(self, generation: Generation, preparation: Preparation) -> None:
        """From a manifest to the end of a run, or to the reason why there is none."""
        generation.held = [*preparation.events]
        if preparation.error is not None:
            self._broken(generation, preparation.error)
            return
        request, manifest = preparation.request, preparation.manifest
        assert request is not None and manifest is not None, "there is an error, or there are both"
        target = declared_key(request, manifest, self._latest)
        if not generation.forced and self._target is not None:
            if target is None and self._target_declared:
                if await self._deployed(generation, request, manifest, preparation.answer):
                    self._without_run(generation, self._missing)
                return
            after = footprint(manifest, target or self._latest, request)
            files_differ = bool(difference(self.deployed, generation.fingerprint))
            if not affected(self._footprint, after, files_differ=files_differ):
                if not await self._deployed(generation, request, manifest, preparation.answer):
                    return
                if self._footprint is not None:
                    self._without_run(generation, self._not_affected)
                    return
                # The run that it leaves alone has lost its backend meanwhile.
                generation.cause, generation.held = Cause.BACKEND, [*preparation.events]
            elif environment_differs(self._footprint, after):
                generation.cause = Cause.ENVIRONMENT
        if self._queues(request) and self.running is not None and generation.cause is not Cause.REQUEST:
            await generation.unless_outdated(self.running.over.wait)
        if not generation.outdated.is_set():
            await self._execute(generation, request, manifest, preparation.answer)

    def _queues(self, request: RunRequest) -> bool:
        assert request.project is not None, "a loop has a project"
        return (self._plan.on_change or request.project.watch.on_change) is OnChange.QUEUE

    # -- deploying without running -------------------------------------------------------------------

    async def _deployed(
        self, generation: Generation, request: RunRequest, manifest: Manifest, answer: KnownState | None
    ) -> bool:
        """Deploys what differs. False: it cannot be, or something newer came."""
        hashes = {each.key: each.hash for each in manifest.resources}
        generation.applied, generation.total = 0, len(hashes)
        if hashes == self._hashes:
            return True

        async def attempt() -> None:
            async with self._deploying(generation, request, manifest, answer):
                generation.deployed = True

        try:
            await self._retry.retry_until_reachable(generation, attempt)
        except RunError as error:
            self._broken(generation, error)
            return False
        return generation.deployed

    def _without_run(self, generation: Generation, emit: Callable[[Generation], None]) -> None:
        self._accept(generation)
        emit(generation)
        for event in generation.held:
            self._show(generation, event)

    def _missing(self, generation: Generation) -> None:
        assert self._target is not None and generation.total is not None
        self._emit(
            events.TargetMissing(
                gen=generation.number,
                kind=self._target.kind,
                name=self._target.name,
                applied=generation.applied or 0,
                total=generation.total,
            )
        )

    def _not_affected(self, generation: Generation) -> None:
        assert self._target is not None and generation.total is not None
        self._emit(
            events.NotAffected(
                gen=generation.number,
                kind=self._target.kind,
                name=self._target.name,
                changed=generation.changed,
                applied=generation.applied or 0,
                total=generation.total,
            )
        )

    def _broken(self, generation: Generation, error: RunError) -> None:
        for event in generation.held:
            self._show(generation, event)
        self._emit(
            events.EditBroken(
                gen=generation.number,
                error=error.message,
                hint=error.hint,
                details=error.details,
                facts=error.facts,
                changed=generation.changed,
                running=self.running is not None,
            )
        )

    # -- running -------------------------------------------------------------------------------------

    async def _execute(
        self, generation: Generation, request: RunRequest, manifest: Manifest, answer: KnownState | None
    ) -> None:
        if self._plan.lease is not None:
            request = replace(request, owner=self._plan.lease.owner)

        async def attempt() -> None:
            began = time.monotonic()
            await self._retry.cancel_orphans(generation, self.running)
            await warn_of_empty_values(request, hear)
            async with self._deploying(generation, request, manifest, answer) as deployed:
                target = await find_target(request, deployed, self._choose, hear)
                if generation.outdated.is_set():
                    return
                if self.running is not None:
                    await self._supersede(self.running, generation)
                    # What could not be cancelled must not run beside it.
                    await self._retry.cancel_orphans(generation, self.running)
                if generation.outdated.is_set():
                    return
                self._begin(generation, request, manifest, target)
                left = None if request.timeout is None else began + request.timeout - time.monotonic()
                async with execute(target, request, deployed, pace=self._plan.pace, timeout=left) as run:
                    generation.run = run
                    async for event in run:
                        self._hear(generation, event)

        hear = partial(self._heard, generation)
        try:
            await self._retry.retry_until_reachable(generation, attempt)
        except RunError as error:
            self._broken(generation, error)
            if error.exit_code == EXIT_INTERRUPTED:
                generation.gave_up = error.message

    @asynccontextmanager
    async def _deploying(
        self, generation: Generation, request: RunRequest, manifest: Manifest, answer: KnownState | None
    ) -> AsyncIterator[Deployed]:
        connect, known = self._retry.for_run(), self._retry.known(answer)
        hear = partial(self._heard, generation)
        async with deploy(request, connect, hear, manifest=manifest, known=known) as deployed:
            self._hashes = {each.key: each.hash for each in manifest.resources}
            yield deployed

    async def _choose(self, candidates: Sequence[Candidate]) -> Candidate | None:
        """What was chosen once is not asked again."""
        for each in candidates:
            if key(each.kind, each.slug) == self._latest:
                return each
        chosen = await self._plan.choose(candidates) if self._plan.choose else None
        if chosen is not None:
            self._latest = key(chosen.kind, chosen.slug)
        return chosen

    async def _heard(self, generation: Generation, event: Event) -> None:
        self._hear(generation, event)

    def _hear(self, generation: Generation, event: Event) -> None:
        self._note(generation, event)
        if generation.begun:
            self._show(generation, event)
        else:
            generation.held.append(event)

    def _note(self, generation: Generation, event: Event) -> None:
        match event:
            case ApplyFinished():
                generation.applied, generation.total = event.changed, event.agents + event.workflows
                self._retry.answered(generation)
            case TargetResolved():
                generation.target = event
            case ExecutionCreated():
                generation.execution = event.execution
                if self._plan.lease is not None:
                    self._plan.lease.add(event.execution)
            case CancelFinished() if event.outcome is CancelOutcome.UNSUPPORTED:
                self._retry.unstoppable.add(event.execution)
            case TaskStarted() if event.kind not in WRITES_NOTHING:
                self._feedback.can_write()
            case ToolCallChanged() | SubAgentChanged():
                self._feedback.can_write()
            case RunFinished():
                self._ended(generation, event)
            case _:
                pass

    def _begin(
        self, generation: Generation, request: RunRequest, manifest: Manifest, target: Candidate
    ) -> None:
        """All is deployed and nothing else runs: the header."""
        self.running, self._target = generation, generation.target
        self._latest = key(target.kind, target.slug)
        self._target_declared = is_declared(self._latest, manifest)
        self._footprint = footprint(manifest, self._latest, request)
        self._accept(generation)
        self.runs += 1
        generation.begin(self.runs)
        self._feedback.began(time.monotonic())
        self._emit(
            events.RunStarted(
                gen=generation.number,
                run=self.runs,
                cause=generation.cause,
                changed=generation.changed,
                applied=generation.applied or 0,
                total=generation.total or 0,
            )
        )
        for event in generation.held:
            self._show(generation, event)

    async def _supersede(self, old: Generation, new: Generation) -> None:
        if old.run is not None and not old.over.is_set():
            old.superseded = True
            # From here on nothing runs: even an undone edit must run again.
            self._footprint = None
            self._emit(events.RunSuperseded(gen=old.number, by=new.number))
            old.run.cancel(CancelReason.SUPERSEDED)
            await old.over.wait()

    def _accept(self, generation: Generation) -> None:
        self.deployed = generation.fingerprint

    def _ended(self, generation: Generation, finished: RunFinished) -> None:
        generation.finished = finished
        self._feedback.ended(time.monotonic())
        self._retry.in_doubt |= not generation.execution
        if finished.exit_code == EXIT_BACKEND:
            self._footprint = None
        lease = self._plan.lease
        if lease is not None and finished.outcome in (
            Outcome.SUCCEEDED,
            Outcome.FAILED,
            Outcome.CANCELLED,
        ):
            lease.drop(finished.execution)
