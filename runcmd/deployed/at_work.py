"""Is what shall be deleted at work?"""

from __future__ import annotations

from runcmd.backend.calls import Backend
from runcmd.deployed.kinds import AGENT, WORKFLOW, StoredKind
from runcmd.errors import BackendError, TargetError
from runcmd.events import Phase
from runcmd.history.ask import newest
from runcmd.history.past import Wanted

SHOWN = 8
AT_WORK = (Phase.PENDING, Phase.IN_PROGRESS)


async def refuse_running(backend: Backend, kind: StoredKind, resource_id: str, line: str) -> None:
    """Raises TargetError if it is at work. A server that cannot say decides by itself.

    Args:
        line: what it is called, for the error.
    """
    if kind not in (AGENT, WORKFLOW):
        return
    try:
        found, more = await newest(backend, Wanted(target=resource_id, phases=AT_WORK), SHOWN)
    except BackendError:
        if backend.plain:
            return
        raise
    if found:
        one = found[0].execution if len(found) == 1 and not more else "ID"
        raise TargetError(
            f"{line} is at work: {len(found)}{' or more' if more else ''} of its executions run",
            code="E0652",
            hint=f"wait for them, or cancel them first: {backend.address.command('executions cancel', one)}",
            details=[f"  {each.execution}  {each.target} [{each.phase.value}]" for each in found],
        )
