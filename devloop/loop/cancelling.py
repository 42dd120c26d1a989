"""Cancel executions, whoever started them, and be sure of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from devloop.loop.leases import Leftover, leftovers
from runcmd.backend.address import Address
from runcmd.backend.calls import Backend, open_backend
from runcmd.backend.refusals import UnavailableError
from runcmd.errors import BackendError, TargetError
from runcmd.events import CancelOutcome, TargetKind
from runcmd.which_execution import find_execution
from stigmer_api.facts import OWNER_ANNOTATION, is_terminal

CANCEL_WAIT_SECONDS = 2.0
NEWEST = 100  # executions of a kind
GONE = (CancelOutcome.CONFIRMED, CancelOutcome.ALREADY_FINISHED)

Report = Callable[[str, CancelOutcome], None]


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
        if outcome in (CancelOutcome.UNREACHABLE, CancelOutcome.UNSUPPORTED) and await _is_over(
            execution, backend
        ):
            outcome = CancelOutcome.ALREADY_FINISHED
        if outcome is CancelOutcome.UNREACHABLE:
            raise UnavailableError("the backend does not answer", code="E0504")
        if outcome is not CancelOutcome.ALREADY_FINISHED:
            report(execution, outcome)
        outcomes.append(outcome)
    return outcomes


async def _is_over(execution: str, backend: Backend) -> bool:
    """It has ended, or nobody knows of it any more."""
    try:
        _, found = await find_execution(execution, backend)
    except TargetError:
        return True
    except BackendError:
        return False
    return is_terminal(found.status.phase)


async def owned_by(owner: str, backend: Backend) -> list[str]:
    """What goes on. The backend may have created an execution, and its owner may not have heard of it."""
    return [
        execution.metadata.id
        for kind in TargetKind
        for execution in await backend.executions(kind, NEWEST)
        if execution.metadata.annotations.get(OWNER_ANNOTATION) == owner
        and not is_terminal(execution.status.phase)
    ]
