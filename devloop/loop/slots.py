"""All targets of a loop, each in its own slot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from devloop.changes.fingerprint import Change, Fingerprint, difference
from devloop.loop import reports
from devloop.loop.baseline import Verdict, judge
from devloop.loop.deployer import Deployer
from devloop.loop.edition import Edition, HeldEvents, Version
from devloop.loop.events import Cause, Dependency, PastRun
from devloop.loop.feedback import FeedbackGuards
from devloop.loop.generation import Generation
from devloop.loop.last_good import LastGood
from devloop.loop.output import LoopOutput
from devloop.loop.prepare import Prepared
from devloop.loop.round import Round
from devloop.loop.round_work import RoundWork, Work
from devloop.loop.run_slot import RunSlot
from devloop.loop.settings import LoopSettings
from devloop.loop.target import candidates_of, is_declared
from devloop.loop.uses import counted
from runcmd.errors import TargetError
from runcmd.events import RunFinished
from runcmd.request import RunRequest
from runcmd.targets import requests_of, several

LONE = ""  # the slot of a loop with one target, whatever is chosen to run there


class Slots:
    """Knows what runs, and what a version of the project is to run again."""

    def __init__(self, settings: LoopSettings, output: LoopOutput, guards: FeedbackGuards) -> None:
        self.runs = 0
        self._settings = settings
        self._output = output
        self._guards = guards
        self._deployer = Deployer(settings, output, lambda: self.running)
        self._slots: dict[str, RunSlot] = {}
        self._good = LastGood()
        self._owner = settings.lease.owner if settings.lease else ""
        self.ask = self._deployer.ask
        self.how_to_stop = self._deployer.orphans.how_to_stop

    @property
    def running(self) -> list[Generation]:
        """What runs, the oldest first."""
        found = [generation for each in self._slots.values() for generation in each.running]
        return sorted(found, key=lambda each: each.record.run if each.record else 0)

    @property
    def records(self) -> list[PastRun]:
        """Of what runs, the oldest first."""
        return [each.record for each in self.running if each.record is not None]

    @property
    def missing(self) -> bool:
        """The code declares nothing any more of what has run."""
        return bool(self._slots) and all(each.missing for each in self._slots.values())

    @property
    def several(self) -> bool:
        """There is more than one target, or there may be."""
        return any(selector != LONE for selector in self._slots)

    @property
    def targets(self) -> tuple[str, ...]:
        """The names of what has run."""
        return tuple(each.baseline.target.slug for each in self._slots.values() if each.baseline.target)

    @property
    def waits(self) -> bool:
        """The newest run of some target goes on."""
        return any(each.newest in each.running for each in self._slots.values())

    @property
    def results(self) -> list[RunFinished | None]:
        """What each target that there is came to last."""
        return [each.result for each in self._slots.values() if not each.missing]

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
        lost = [each for each in self._slots.values() if each.lost and not each.running]
        for each in lost:
            each.lost = False
        return bool(lost)

    def works(self, this: Round, prepared: Prepared) -> list[tuple[Generation, Work]]:
        """What is to be done now, for each generation of the round; the first one is the first."""
        earlier = self._good.instead(prepared, this.first.files) if self._must_answer else None
        if earlier is not None:
            prepared, error = replace(earlier[0], events=(), answer=None), earlier[1]
            self._output.emit(reports.broken(this.first, error, running=False))
        work = RoundWork(this, HeldEvents(prepared.events), self._deployer, self._output)
        if prepared.error is not None:
            return work.broken(prepared.error)
        assert prepared.request is not None and prepared.manifest is not None, "or there is an error"
        request = replace(prepared.request, owner=self._owner)
        assert request.project is not None, "a loop has a project"
        manifest = counted(prepared.manifest, request.project.directory, this.first.files)
        version = Version(this.first.files, request, manifest, prepared.answer, work.held)
        if earlier is None:
            self._good.tries(prepared, version)
        if request.every and not version.manifest.resources:
            return work.broken(
                TargetError(
                    "there is nothing to run: the project declares no agent and no workflow", code="E0604"
                )
            )
        runs: list[tuple[RunSlot, Edition]] = []
        for slot, its in self._slots_of(version):
            verdict, cause = self._judge(slot, this.first, its, version)
            slot.missing, was_missing = verdict is Verdict.MISSING, slot.missing
            if verdict is Verdict.RUN:
                generation = this.another() if runs else this.first
                edition = Edition(
                    generation=generation,
                    version=version,
                    request=its,
                    cause=cause,
                    earlier=earlier is not None,
                )
                runs.append((slot, edition))
            elif verdict is Verdict.UNAFFECTED:
                work.unaffected.append((slot, its))
            elif slot.name == LONE or not was_missing:
                work.missing.append(slot)
        return work.run(version, runs)

    @property
    def _must_answer(self) -> bool:
        """Somebody said something: what is broken does not keep it from being answered."""
        return self._settings.turns is not None and self._settings.turns.pending

    @staticmethod
    def _judge(
        slot: RunSlot, generation: Generation, request: RunRequest, version: Version
    ) -> tuple[Verdict, Cause]:
        if version.request.every and not is_declared(request.selector, version.manifest):
            return Verdict.MISSING, generation.cause
        # What was lost is run again, and not what others of several targets have come to.
        backend = generation.cause is Cause.BACKEND and slot.baseline.footprint is not None
        if generation.forced and not backend:
            return Verdict.RUN, generation.cause
        return judge(slot.baseline, generation.cause, generation.files, request, version.manifest)

    def _slots_of(self, version: Version) -> Sequence[tuple[RunSlot, RunRequest]]:
        """With the request of each. What is not declared any more keeps its slot, should it come back."""
        if not several(version.request):
            return [(self._slot(LONE), version.request)]
        found: dict[str, tuple[RunSlot, RunRequest]] = {}
        for each in requests_of(version.request, candidates_of(version.manifest)):
            slot = self._slot(each.selector)
            slot.name = each.name
            found[each.selector] = slot, each.request
        if version.request.every:
            for selector, slot in self._slots.items():
                found.setdefault(selector, (slot, replace(version.request, selector=selector, every=False)))
        return list(found.values())

    def _slot(self, selector: str) -> RunSlot:
        if selector not in self._slots:
            self._slots[selector] = RunSlot(
                self._settings, self._deployer, self._output, self._guards, self._next_run
            )
        return self._slots[selector]

    def _next_run(self) -> int:
        self.runs += 1
        return self.runs
