"""Several targets at once: deployed and found together, then each is a run of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from runcmd.backend.patience import Connect
from runcmd.create import warn_of_empty_values
from runcmd.deploy import Deployed, deploy, known_of
from runcmd.errors import EXIT_OK, TargetError
from runcmd.events import Event, Outcome, RunFinished, Warned
from runcmd.frozen import Frozen
from runcmd.request import RunRequest
from runcmd.resolve import Candidate
from runcmd.resource import KnownResource
from runcmd.stream import Run, open_stream
from runcmd.synthesis.interfaces import Synthesizer
from runcmd.synthesis.manifest import Manifest
from runcmd.target import find_target
from runcmd.targets import requests_of


class FoundTarget(Frozen):
    """One of several that are about to run."""

    name: str  # as people call it; no other of them is called so
    target: Candidate
    request: RunRequest


class Together:
    """The targets of one request, and the deployment that they share."""

    def __init__(self, request: RunRequest, connect: Connect, synthesizer: Synthesizer | None = None) -> None:
        self.targets: list[FoundTarget] = []  # as soon as all are found
        self._request = request
        self._connect = connect
        self._synthesizer = synthesizer
        self._manifest: Manifest | None = None
        self._known: tuple[KnownResource, ...] = ()

    def open_deployment(self) -> AbstractAsyncContextManager[Run]:
        """Deploys and finds all targets, as a stream of events. One that is not there fails all of them."""
        return open_stream(self._deploy, timeout=self._request.timeout)

    async def _deploy(self, run: Run) -> RunFinished:
        await warn_of_empty_values(self._request, run.emit)
        if self._request.project is not None:
            from runcmd.synthesis.discover import discover

            self._manifest = await discover(self._request.project, run.emit, synthesizer=self._synthesizer)
        async with deploy(self._request, self._connect, run.emit, manifest=self._manifest) as deployed:
            self._known = known_of(self._manifest, deployed)
            found = [
                FoundTarget(
                    name=each.name,
                    target=await find_target(each.request, deployed, None, run.emit),
                    request=each.request,
                )
                for each in requests_of(self._request, deployed.candidates)
            ]
        if not found:
            raise TargetError(
                "there is nothing to run: the project declares no agent and no workflow", code="E0604"
            )
        for each in found:
            if self._request.input is not None and each.request.input is None:
                await run.emit(Warned(text=f"{each.target.name} is an agent: it is given the message alone"))
        self.targets = list({(each.target.kind, each.target.id): each for each in reversed(found)}.values())
        self.targets.reverse()
        return RunFinished(outcome=Outcome.SUCCEEDED, exit_code=EXIT_OK)

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[Deployed]:
        """The backend, which has been brought up to date. Raises RunError."""
        async with deploy(
            self._request, self._connect, _said_before, manifest=self._manifest, known=self._known
        ) as deployed:
            yield deployed


async def _said_before(event: Event) -> None:
    """The deployment is on the screen already."""
