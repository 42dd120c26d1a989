"""The loop's way to the backend: kept while it works, found again when it is lost."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import anyio

from devloop.loop.leases import Leftover, leftovers
from runcmd.apply import organization
from runcmd.backend.address import Address
from runcmd.backend.calls import Backend, NotFoundError, UnavailableError, open_backend
from runcmd.errors import BackendError
from runcmd.events import CancelOutcome, TargetKind
from runcmd.pipeline import Connect
from runcmd.plan import KnownResource
from runcmd.request import RunRequest
from stigmer_api.facts import OWNER_ANNOTATION, is_terminal

FIRST_DELAY_SECONDS = 0.25
LONGEST_DELAY_SECONDS = 5.0
CANCEL_WAIT_SECONDS = 2.0
KNOWN_SECONDS = 1.0
LOOKED_AT = 100  # of the newest executions of a kind
GONE = (CancelOutcome.CONFIRMED, CancelOutcome.ALREADY_FINISHED)

Report = Callable[[str, CancelOutcome], None]


class BackendConnection:
    """Where the backend listens."""

    def __init__(self, connect: Connect, connected: Callable[[str], None] = lambda target: None) -> None:
        self._connect = connect
        self._connected = connected
        self._address: Address | None = None

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

    def forget(self) -> None:
        self._address = None

    async def _anew(self) -> Address:
        self._address = await self._connect()
        self._connected(self._address.target)
        return self._address

    async def known(self, request: RunRequest) -> tuple[KnownResource, ...] | None:
        """What the backend has; None when it does not say so at once."""
        with anyio.move_on_after(KNOWN_SECONDS), suppress(BackendError):
            address = await self.address()
            async with open_backend(address) as backend:
                org = organization(request.org, request.project, address)
                return tuple(await backend.all_known(org))
        return None


def delays() -> Iterator[float]:
    """Between two attempts to reach it. The first one is for a backend that only has to be started again."""
    yield 0.0
    delay = FIRST_DELAY_SECONDS
    while True:
        yield delay
        delay = min(delay * 2, LONGEST_DELAY_SECONDS)


async def cancel_leftovers(
    directory: Path, address: Callable[[], Awaitable[Address]], report: Report
) -> None:
    """Ends what loops that are gone left running on this backend. Raises BackendError."""
    with leftovers(directory) as found:
        for leftover in found:
            if not leftover.target:
                leftover.file.unlink(missing_ok=True)  # it never got as far as a backend
                continue
            where = await address()
            if leftover.target == where.target and await _cancel_all(leftover, where, report):
                leftover.file.unlink(missing_ok=True)


async def _cancel_all(leftover: Leftover, address: Address, report: Report) -> bool:
    async with open_backend(address) as backend:
        owned = await owned_by(leftover.owner, backend)
        outcomes = await cancel_executions([*leftover.executions, *owned], backend, report)
    return all(outcome in GONE for outcome in outcomes)


async def cancel_executions(
    executions: Sequence[str], backend: Backend, report: Report, reason: str = "its watch loop is gone"
) -> list[CancelOutcome]:
    """Raises UnavailableError."""
    outcomes: list[CancelOutcome] = []
    for execution in dict.fromkeys(executions):
        outcome = await backend.cancel(execution, reason, CANCEL_WAIT_SECONDS)
        if outcome is CancelOutcome.UNREACHABLE and await _unknown(execution, backend):
            outcome = CancelOutcome.ALREADY_FINISHED
        if outcome is CancelOutcome.UNREACHABLE:
            raise UnavailableError("the backend does not answer")
        if outcome is not CancelOutcome.ALREADY_FINISHED:
            report(execution, outcome)
        outcomes.append(outcome)
    return outcomes


async def _unknown(execution: str, backend: Backend) -> bool:
    try:
        await backend.execution(
            TargetKind.AGENT if execution.startswith("aex") else TargetKind.WORKFLOW, execution
        )
    except NotFoundError:
        return True
    except BackendError:
        return False
    return False


async def owned_by(owner: str, backend: Backend) -> list[str]:
    """What goes on. The backend may have created an execution, and its owner may not have heard of it."""
    return [
        execution.metadata.id
        for kind in TargetKind
        for execution in await backend.executions(kind, LOOKED_AT)
        if execution.metadata.annotations.get(OWNER_ANNOTATION) == owner
        and not is_terminal(execution.status.phase)
    ]
