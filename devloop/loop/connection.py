"""The loop's way to the backend: kept while it works, found again when it is lost."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace

import anyio

from devloop.loop.prepare import KnownState
from runcmd.backend.address import Address
from runcmd.backend.calls import open_backend
from runcmd.connect import organization
from runcmd.errors import RunError, shortages_as_errors
from runcmd.pipeline import Connect
from runcmd.request import RunRequest
from runcmd.resource import KnownResource

KNOWN_SECONDS = 1.0
ANSWER_SECONDS = 1.0  # how long what the backend said is taken for what it has


class BackendConnection:
    """Where the backend listens."""

    def __init__(self, connect: Connect, connected: Callable[[str], None] = lambda target: None) -> None:
        self._connect = connect
        self._connected = connected
        self._address: Address | None = None
        self._applies = 0  # attempts to deploy

    def for_run(self) -> Connect:
        """Its first call may take what is known; a second one means that this was not good enough."""
        calls = 0

        async def connect() -> Address:
            nonlocal calls
            calls += 1
            address = await self.address() if calls == 1 else await self._anew()
            self._address = replace(address, started=False)  # which is said once
            return address

        return connect

    async def address(self) -> Address:
        return self._address or await self._anew()

    def command(self, *words: str) -> str:
        """What to type for another command to this backend."""
        return (self._address or Address(target="")).command(*words)

    def forget(self) -> None:
        self._address = None

    async def _anew(self) -> Address:
        self._address = await self._connect()
        self._connected(self._address.target)
        return self._address

    async def ask(self, request: RunRequest) -> KnownState | None:
        """What the backend has, asked before we know what to deploy; None: it does not say so at once."""
        at, applies = time.monotonic(), self._applies
        with anyio.move_on_after(KNOWN_SECONDS), suppress(RunError), shortages_as_errors():
            address = await self.address()
            async with open_backend(address) as backend:
                org = organization(request.org, request.project, address)
                known = tuple(await backend.all_known(org))
            return KnownState(known=known, at=at, applies=applies)
        return None

    def known(self, answer: KnownState | None, *, deploys: bool = True) -> tuple[KnownResource, ...] | None:
        """Not what was asked before we deployed something, or some time ago. And for one attempt only.

        `deploys`: this attempt may; else all is as it was.
        """
        applies = self._applies
        if deploys:
            self._applies += 1
        if answer is None or answer.applies != applies or time.monotonic() - answer.at > ANSWER_SECONDS:
            return None
        return answer.known

    def deployed(self, known: Sequence[KnownResource]) -> KnownState:
        """What the backend has now, for we have just deployed it."""
        return KnownState(known=tuple(known), at=time.monotonic(), applies=self._applies)
