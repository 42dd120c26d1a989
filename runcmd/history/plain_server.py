"""The history of a server without our extension: by the contract's own lists, as far as it fills them."""

from __future__ import annotations

from typing import Any

from runcmd.backend.calls import Backend
from runcmd.backend.messages import Execution
from runcmd.backend.refusals import UnsupportedError
from runcmd.errors import BackendError
from runcmd.events import Phase, TargetKind
from runcmd.follow.view import PHASES
from runcmd.history.past import PastExecution, Wanted
from runcmd.times import moment, seconds_between
from stigmer_api.facts import PARENT_ANNOTATION

MOST = 1000  # of each kind


class NoListError(BackendError):
    """The server does not say what was executed."""


async def listed(backend: Backend, wanted: Wanted) -> list[PastExecution]:
    """The newest first. Raises BackendError: there is no such list."""
    names = await _names(backend)
    found: list[tuple[PastExecution, Execution]] = []
    for kind in TargetKind:
        try:
            executions = await backend.executions(kind, MOST)
        except UnsupportedError:
            continue
        found += [(_past(kind, each, names), each) for each in executions]
    if not found:
        raise _no_list(backend)
    nested = {past.execution for past, _ in found if past.parent}
    matching = [past for past, execution in found if _matches(past, execution, wanted, nested)]
    # One without a start has just been created.
    return sorted(matching, key=lambda past: past.started_at or "~", reverse=True)


def _no_list(backend: Backend) -> NoListError:
    where = backend.address.description or f"backend at {backend.address.target}"
    return NoListError(
        f"the {where} has no list of executions",
        code="E0615",
        hint="give the whole ID of an execution, as `stigmer run` shows it",
    )


async def _names(backend: Backend) -> dict[str, str]:
    try:
        return {item.id: item.name for item in await backend.resources("")}
    except UnsupportedError:
        return {}


def _past(kind: TargetKind, execution: Execution, names: dict[str, str]) -> PastExecution:
    spec: Any = execution.spec
    status = execution.status
    target = str(getattr(spec, f"{kind.value}_id"))
    parent, _, task = execution.metadata.annotations.get(PARENT_ANNOTATION, "").partition("/")
    return PastExecution(
        execution=execution.metadata.id,
        kind=kind,
        target=names.get(target, target),
        phase=PHASES.get(status.phase, Phase.PENDING),
        started_at=status.started_at,
        seconds=seconds_between(status.started_at, status.completed_at),
        ended_at=status.completed_at,
        parent=parent,
        parent_task=task,
        session=spec.session_id if kind is TargetKind.AGENT else "",
        message=spec.message if kind is TargetKind.AGENT else spec.trigger_message,
        error=status.error,
    )


def _matches(past: PastExecution, execution: Execution, wanted: Wanted, nested: set[str]) -> bool:
    spec: Any = execution.spec
    started = moment(past.started_at)
    ids = (past.execution, past.execution.partition("-")[2])
    return (
        any(each.startswith(wanted.id_prefix) for each in ids)
        and (not wanted.phases or past.phase in wanted.phases)
        and wanted.target in ("", past.target, getattr(spec, f"{past.kind.value}_id"))
        and wanted.target_part.casefold() in past.target.casefold()
        and (wanted.since is None or started is None or started >= wanted.since)
        and wanted.text.casefold() in str(execution).casefold()
        and not (wanted.top_only and past.execution in nested)
        and (not wanted.parents or past.parent in wanted.parents)
    )
