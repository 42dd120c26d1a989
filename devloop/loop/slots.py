"""Which targets does a version of the project run again?"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from functools import partial

from devloop.changes.fingerprint import Change, Fingerprint, difference
from devloop.loop import reports
from devloop.loop.baseline import Verdict, judge
from devloop.loop.deployer import Deployer
from devloop.loop.edition import Edition, HeldEvents, Version
from devloop.loop.events import Cause, Dependency, PastRun
from devloop.loop.feedback import FeedbackGuards
from devloop.loop.generation import Generation
from devloop.loop.output import LoopOutput
from devloop.loop.prepare import Prepared
from devloop.loop.round import Round
from devloop.loop.run_slot import RunSlot
from devloop.loop.settings import LoopSettings
from devloop.loop.state import Happened, LoopAction
from devloop.loop.uses import counted
from runcmd.errors import RunError
from runcmd.events import RunFinished
from runcmd.frozen import Frozen

Work = Callable[[], Awaitable[RunFinished | RunError | None]]


class Judged(Frozen):
    """What a version comes to."""

    version: Version
    runs: tuple[tuple[RunSlot, Cause], ...]
    unaffected: tuple[RunSlot, ...]
    missing: tuple[RunSlot, ...]


class Slots:
    """All targets of a loop, each in its own slot."""

    def __init__(self, settings: LoopSettings, output: LoopOutput, guards: FeedbackGuards) -> None:
        self.runs = 0
        self._settings = settings
        self._output = output
        self._guards = guards
        self._deployer = Deployer(settings, output)
        self._deployer.orphans.running = self._executions
        self._slots: dict[str, RunSlot] = {}
        self._owner = settings.lease.owner if settings.lease else ""
        self.ask = self._deployer.ask

    @property
    def running(self) -> list[Generation]:
        """What runs, the oldest first."""
        found = [each.running for each in self._slots.values() if each.running is not None]
        return sorted(found, key=lambda each: each.record.run if each.record else 0)

    @property
    def records(self) -> list[PastRun]:
        """Of what runs, the oldest first."""
        return [each.record for each in self.running if each.record is not None]

    @property
    def results(self) -> list[RunFinished | None]:
        """What each target came to last."""
        return [each.result for each in self._slots.values()]

    def watched_too(self, files: Fingerprint) -> None:
        """What is watched only from now on is as it was deployed."""
        for each in self._slots.values():
            each.baseline = each.baseline.watched_too(files)

    def held_back(self, files: Fingerprint) -> Change:
        """What differs from what was deployed last."""
        deployed = [each.baseline.files for each in self._slots.values()] or [{}]
        return max((difference(each, files) for each in deployed), key=lambda each: len(each.paths))

    @property
    def dependencies(self) -> tuple[Dependency, ...]:
        """What a run of each target depends on."""
        ran = [each.baseline for each in self._slots.values()]
        return tuple(
            reports.dependency(each.target, each.footprint) for each in ran if each.target and each.footprint
        )

    def take_lost(self) -> bool:
        """Some run lost the backend, and nothing runs in place of it; true once for each."""
        lost = [each for each in self._slots.values() if each.lost and each.running is None]
        for each in lost:
            each.lost = False
        return bool(lost)

    def works(self, this: Round, prepared: Prepared) -> list[tuple[Generation, Work]]:
        """What is to be done now, for each generation of the round; the first one is the first."""
        held = HeldEvents(prepared.events)
        if prepared.error is not None:
            return [(this.first, partial(self._cannot, this.first, held, prepared.error))]
        assert prepared.request is not None and prepared.manifest is not None, "or there is an error"
        request = replace(prepared.request, owner=self._owner)
        assert request.project is not None, "a loop has a project"
        manifest = counted(prepared.manifest, request.project.directory, this.first.files)
        version = Version(this.first.files, request, manifest, prepared.answer, held)
        judged = self._judge(this.first, version)
        if not judged.runs:
            return [(this.first, partial(self._deploy_only, this.first, judged))]
        generations = [this.first, *(this.another() for _ in judged.runs[1:])]
        return [
            (generation, partial(slot.deploy_and_run, self._edition(generation, version, slot, cause)))
            for generation, (slot, cause) in zip(generations, judged.runs, strict=True)
        ]

    def _judge(self, generation: Generation, version: Version) -> Judged:
        runs: list[tuple[RunSlot, Cause]] = []
        unaffected: list[RunSlot] = []
        missing: list[RunSlot] = []
        for slot in self._slots_of(version):
            verdict, cause = Verdict.RUN, generation.cause
            if not generation.forced:
                verdict, cause = judge(
                    slot.baseline, cause, generation.files, version.request, version.manifest
                )
            match verdict:
                case Verdict.RUN:
                    runs.append((slot, cause))
                case Verdict.UNAFFECTED:
                    unaffected.append(slot)
                case Verdict.MISSING:
                    missing.append(slot)
        return Judged(version=version, runs=tuple(runs), unaffected=tuple(unaffected), missing=tuple(missing))

    def _slots_of(self, version: Version) -> Iterable[RunSlot]:
        if "" not in self._slots:
            self._slots[""] = RunSlot(
                self._settings, self._deployer, self._output, self._guards, self._next_run
            )
        return [self._slots[""]]

    def _next_run(self) -> int:
        self.runs += 1
        return self.runs

    def _executions(self) -> set[str]:
        return {each.execution for each in self.records}

    @staticmethod
    def _edition(
        generation: Generation, version: Version, slot: RunSlot, cause: Cause = Cause.BACKEND
    ) -> Edition:
        return Edition(generation=generation, version=version, request=version.request, cause=cause)

    # -- nothing runs --------------------------------------------------------------------------------

    async def _cannot(self, generation: Generation, held: HeldEvents, error: RunError) -> RunError:
        if LoopAction.REPORT in generation.happened(Happened.BROKEN):
            self._output.show_all(generation.number, held.take())
            self._output.emit(reports.broken(generation, error, running=bool(self.running)))
        return error

    async def _deploy_only(self, generation: Generation, judged: Judged) -> RunFinished | RunError | None:
        if LoopAction.DEPLOY not in generation.happened(Happened.READY):
            return None
        attempt = partial(self._attempt, generation, judged)
        try:
            return await self._deployer.retry.retry_until_reachable(generation, attempt)
        except RunError as error:
            for slot in judged.unaffected:
                if slot.running is generation:
                    return slot.broken(self._edition(generation, judged.version, slot), error)
            return await self._cannot(generation, judged.version.held, error)
        finally:
            for slot in judged.unaffected:
                slot.left(generation)

    async def _attempt(self, generation: Generation, judged: Judged) -> RunFinished | None:
        version = judged.version
        await self._deployer.deploy_only(generation, version)
        for slot in judged.unaffected:
            if slot.baseline.footprint is None:
                # The run that it leaves alone has lost its backend meanwhile.
                return await slot.attempt(self._edition(generation, version, slot))
        if LoopAction.REPORT in generation.happened(Happened.NOT_RUN):
            for slot in (*judged.unaffected, *judged.missing):
                slot.baseline = slot.baseline.accepted(generation.files)
                assert slot.baseline.target is not None, "something has run before"
                missing = slot in judged.missing
                self._output.emit(reports.not_run(generation, version, slot.baseline.target, missing=missing))
            self._output.show_all(generation.number, version.held.take())
        return None
