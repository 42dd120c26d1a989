"""What a round is about to deploy, and what each of its generations is about to run of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import anyio

from devloop.changes.fingerprint import Fingerprint
from devloop.loop.events import Cause
from devloop.loop.generation import Generation
from devloop.loop.prepare import KnownState
from runcmd.errors import RunError
from runcmd.events import ApplyFinished, Event
from runcmd.frozen import Frozen
from runcmd.project import OnChange
from runcmd.request import RunRequest
from runcmd.synthesis.manifest import Manifest


class HeldEvents:
    """What is said before it is known whether it runs: shown after the first header, or in place of one."""

    def __init__(self, prepared: Sequence[Event]) -> None:
        self._prepared = tuple(prepared)
        self.restart()

    def restart(self) -> None:
        """Another attempt to deploy: what the one before said is void."""
        self._events: list[Event] = [*self._prepared]
        self.applied = 0  # created or updated
        self.total = 0

    def add(self, event: Event) -> None:
        """In order."""
        self._events.append(event)
        if isinstance(event, ApplyFinished):
            self.applied, self.total = event.changed, event.agents + event.workflows

    def take(self) -> list[Event]:
        """To be shown now, and never again."""
        events, self._events, self._prepared = self._events, [], ()
        return events


class Version:
    """A state of the files that could be prepared. It is deployed once, for all of its targets."""

    def __init__(
        self,
        files: Fingerprint,
        request: RunRequest,
        manifest: Manifest,
        answer: KnownState | None,
        held: HeldEvents,
    ) -> None:
        self.files = files
        self.request = request
        self.manifest = manifest
        self.answer = answer  # what the backend has of it
        self.held = held
        self.lock = anyio.Lock()  # one of its generations deploys
        self.deployed = False
        self.refused: RunError | None = None  # why it cannot be deployed, for all of its generations
        self._said = False
        self.on_deployed: Callable[[], None] = lambda: None  # called once, by who first knows of it

    def first_word_of(self, error: RunError) -> bool:
        """What is refused for all of its generations is said once."""
        said, self._said = self._said, self._said or error is self.refused
        return error is not self.refused or not said

    def announce(self) -> None:
        """It is deployed, and wanted still."""
        call, self.on_deployed = self.on_deployed, lambda: None
        call()


class Edition(Frozen):
    """What a generation is about to run."""

    generation: Generation
    version: Version
    request: RunRequest
    cause: Cause  # of the run
    earlier: bool = False  # the files cannot be deployed; this is of the last that could

    def waits(self, on_change: OnChange) -> bool:
        """It lets what runs come to its end first."""
        return on_change is OnChange.QUEUE and self.cause is not Cause.REQUEST
