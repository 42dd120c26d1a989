"""What would run now? The request as the files say it, and the manifest that the program makes of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import anyio
from anyio.abc import TaskGroup

from devloop.fingerprint import Fingerprint, difference
from runcmd.errors import RunError
from runcmd.events import Event
from runcmd.manifest import Manifest
from runcmd.project import Project
from runcmd.request import RunRequest

Emit = Callable[[Event], Awaitable[None]]
Read = Callable[[], RunRequest]  # raises UsageError
Discover = Callable[[Project, Emit], Awaitable[Manifest]]  # raises ProjectError


class Preparation:
    """One look at one state of the files."""

    def __init__(self, fingerprint: Fingerprint) -> None:
        self.fingerprint = fingerprint
        self.events: list[Event] = []
        self.request: RunRequest | None = None
        self.manifest: Manifest | None = None
        self.error: RunError | None = None
        self.done = anyio.Event()
        self._scope = anyio.CancelScope()

    async def perform(self, read: Read, discover: Discover) -> None:
        with self._scope:
            try:
                self.request = read()
                assert self.request.project is not None, "a loop has a project"
                self.manifest = await discover(self.request.project, self._emit)
            except RunError as error:
                self.error = error
        self.done.set()

    def discard(self) -> None:
        self._scope.cancel()

    async def _emit(self, event: Event) -> None:
        self.events.append(event)


class Preparer:
    """Prepares on demand, and ahead of it: while the files settle, the program may run already."""

    def __init__(self, read: Read, discover: Discover, tasks: TaskGroup) -> None:
        self._read = read
        self._discover = discover
        self._tasks = tasks
        self._ahead: Preparation | None = None

    def stir(self, fingerprint: Fingerprint) -> None:
        """The files look like this now, and may stay so."""
        if self._ahead is not None:
            if not difference(self._ahead.fingerprint, fingerprint):
                return
            self._ahead.discard()
        self._ahead = Preparation(fingerprint)
        self._tasks.start_soon(self._ahead.perform, self._read, self._discover)

    async def prepared(self, fingerprint: Fingerprint) -> Preparation:
        """The preparation of exactly these files."""
        ahead, self._ahead = self._ahead, None
        if ahead is not None:
            if not difference(ahead.fingerprint, fingerprint):
                try:
                    await ahead.done.wait()
                except anyio.get_cancelled_exc_class():
                    ahead.discard()
                    raise
                return ahead
            ahead.discard()
        preparation = Preparation(fingerprint)
        await preparation.perform(self._read, self._discover)
        return preparation
