"""Brings each version of the project to the backend, once for all of its targets."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

from devloop.loop.connection import BackendConnection
from devloop.loop.edition import Version
from devloop.loop.generation import Generation
from devloop.loop.orphans import Orphans
from devloop.loop.output import LoopOutput
from devloop.loop.retry import BackendRetry
from devloop.loop.settings import LoopSettings
from runcmd.create import warn_of_empty_values
from runcmd.deploy import Deployed, deploy
from runcmd.errors import BackendError, RunError
from runcmd.events import ApplyFinished, Event
from runcmd.resource import KnownResource
from runcmd.synthesis.manifest import Manifest


class Deployer:
    """The one holder of what is deployed."""

    def __init__(
        self, settings: LoopSettings, output: LoopOutput, running: Callable[[], Iterable[Generation]]
    ) -> None:
        self.running = running
        self._hashes: Mapping[str, str] = {}  # of what is deployed, by key
        self._output = output
        lease = settings.lease
        self._connection = BackendConnection(
            settings.connect, lease.connected if lease else lambda target: None
        )
        self.retry = BackendRetry(self._connection, output.emit)
        self.orphans = Orphans(lease, settings.leases, self._connection, output.emit, running)
        self.ask = self._connection.ask

    async def deploy_only(self, generation: Generation, version: Version) -> None:
        """Deploys what differs; there is nothing to run."""
        version.held.total = len(version.manifest.resources)
        if hashes(version.manifest) != self._hashes:
            async with self.deploy(generation, version, runs=False):
                pass

    @asynccontextmanager
    async def deploy(
        self, generation: Generation, version: Version, *, runs: bool = True
    ) -> AsyncIterator[Deployed]:
        """A backend that has all of this version. Raises RunError."""
        async with AsyncExitStack() as stack:
            async with version.lock:
                if version.refused is not None:
                    raise version.refused
                hear = partial(self._hear, generation, version, first=not version.deployed)
                if not version.deployed:
                    version.held.restart()
                    if runs:
                        await warn_of_empty_values(version.request, hear)
                deployed = await stack.enter_async_context(self._deploy(version, hear))
            yield deployed

    @asynccontextmanager
    async def _deploy(
        self, version: Version, hear: Callable[[Event], Awaitable[None]]
    ) -> AsyncIterator[Deployed]:
        connect, manifest = self._connection.for_run(), version.manifest
        again = version.deployed
        known = self._connection.known(version.answer, deploys=not again)
        entered = False
        try:
            async with deploy(version.request, connect, hear, manifest=manifest, known=known) as deployed:
                entered = True
                self._hashes = hashes(manifest)
                version.deployed = True
                version.answer = self._connection.deployed(
                    [
                        KnownResource(key=declared.key, id=candidate.id, hash=declared.hash)
                        for declared, candidate in zip(manifest.resources, deployed.candidates, strict=True)
                    ]
                )
                yield deployed
        except BackendError:
            raise
        except RunError as error:
            if not entered:
                version.refused = error
            raise

    async def _hear(self, generation: Generation, version: Version, event: Event, *, first: bool) -> None:
        """What the deployment says; its connection may say something later, too."""
        if isinstance(event, ApplyFinished):
            self.retry.answered(generation)
        if generation.record is not None:
            self._output.show(generation.number, event, generation.target)
        elif first:
            version.held.add(event)


def hashes(manifest: Manifest) -> dict[str, str]:
    """Of all that it declares, by key."""
    documents = {f"{each.title}:{each.slug}": each.hash for each in manifest.documents}
    return {each.key: each.hash for each in manifest.resources} | documents
