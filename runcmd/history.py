"""What was executed before?"""

from __future__ import annotations

from runcmd.backend.calls import Backend
from runcmd.backend.messages import Execution
from runcmd.backend.refusals import UnsupportedError
from runcmd.events import Phase, TargetKind
from runcmd.follow.view import PHASES
from runcmd.frozen import Frozen
from runcmd.times import seconds_between


class PastExecution(Frozen):
    """One line of the history."""

    execution: str
    kind: TargetKind
    target: str  # the name of the agent or workflow; its id where the name is not known
    phase: Phase
    started_at: str  # RFC 3339; empty: not started
    seconds: float | None


async def newest(backend: Backend, count: int) -> list[PastExecution]:
    """The newest first."""
    names = await _names(backend)
    found = [
        _past(kind, execution, names)
        for kind in TargetKind
        for execution in await backend.executions(kind, count)
    ]
    # One without a start has just been created.
    return sorted(found, key=lambda past: past.started_at or "~", reverse=True)[:count]


async def _names(backend: Backend) -> dict[str, str]:
    try:
        return {item.id: item.name for item in await backend.resources("")}
    except UnsupportedError:
        return {}


def _past(kind: TargetKind, execution: Execution, names: dict[str, str]) -> PastExecution:
    target = str(getattr(execution.spec, f"{kind.value}_id"))
    status = execution.status
    return PastExecution(
        execution=execution.metadata.id,
        kind=kind,
        target=names.get(target, target),
        phase=PHASES.get(status.phase, Phase.PENDING),
        started_at=status.started_at,
        seconds=seconds_between(status.started_at, status.completed_at),
    )
