"""The work of a round: runs what a version affects, and says what it leaves alone."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from devloop.loop import reports
from devloop.loop.deployer import Deployer
from devloop.loop.edition import Edition, HeldEvents, Version
from devloop.loop.events import Cause
from devloop.loop.generation import Generation
from devloop.loop.output import LoopOutput
from devloop.loop.round import Round
from devloop.loop.run_slot import RunSlot
from devloop.loop.state import Happened, LoopAction
from runcmd.errors import RunError
from runcmd.events import RunFinished
from runcmd.request import RunRequest

Work = Callable[[], Awaitable[RunFinished | RunError | None]]


class RoundWork:
    """What a round comes to: `unaffected` and `missing` are the targets that it does not run."""

    def __init__(self, this: Round, held: HeldEvents, deployer: Deployer, output: LoopOutput) -> None:
        self.held = held
        self.unaffected: list[tuple[RunSlot, RunRequest]] = []
        self.missing: list[RunSlot] = []
        self._first = this.first
        self._deployer = deployer
        self._output = output

    def broken(self, error: RunError) -> list[tuple[Generation, Work]]:
        """Nothing can be deployed."""
        return [(self._first, partial(self._cannot, error))]

    def run(self, version: Version, runs: Sequence[tuple[RunSlot, Edition]]) -> list[tuple[Generation, Work]]:
        """One piece of work for each edition; what differs is deployed even if there is none."""
        if not runs:
            return [(self._first, partial(self._deploy_only, version))]
        version.on_deployed = partial(self._leave_alone, version)
        return [(edition.generation, partial(slot.deploy_and_run, edition)) for slot, edition in runs]

    async def _cannot(self, error: RunError) -> RunError:
        if LoopAction.REPORT in self._first.happened(Happened.BROKEN):
            self._output.show_all(self._first.number, self.held.take())
            running = bool(self._deployer.running())
            self._output.emit(reports.broken(self._first, error, running=running))
        return error

    async def _deploy_only(self, version: Version) -> RunFinished | RunError | None:
        if LoopAction.DEPLOY not in self._first.happened(Happened.READY):
            return None
        attempt = partial(self._attempt, version)
        try:
            return await self._deployer.retry.retry_until_reachable(self._first, attempt)
        except RunError as error:
            for slot, request in self.unaffected:
                if self._first in slot.running:
                    return slot.broken(self._edition(version, request), error)
            return await self._cannot(error)
        finally:
            for slot, _ in self.unaffected:
                slot.left(self._first)

    async def _attempt(self, version: Version) -> RunFinished | None:
        await self._deployer.deploy_only(self._first, version)
        for slot, request in self.unaffected:
            if slot.baseline.footprint is None:
                # The run that it leaves alone has lost its backend meanwhile.
                return await slot.attempt(self._edition(version, request))
        if LoopAction.REPORT in self._first.happened(Happened.NOT_RUN):
            self._leave_alone(version)
            self._output.show_all(self._first.number, version.held.take())
        return None

    def _edition(self, version: Version, request: RunRequest) -> Edition:
        return Edition(generation=self._first, version=version, request=request, cause=Cause.BACKEND)

    def _leave_alone(self, version: Version) -> None:
        """Says so once it is deployed."""
        for slot in (*(slot for slot, _ in self.unaffected), *self.missing):
            slot.baseline = slot.baseline.accepted(self._first.files)
        known = [slot.baseline.target for slot, _ in self.unaffected if slot.baseline.target is not None]
        if known and self._first.changed:
            target, *others = known
            self._output.emit(reports.unaffected(self._first, version, target, others))
        for slot in self.missing:
            if slot.baseline.target is not None:
                self._output.emit(reports.missing(self._first, version, slot.baseline.target))
