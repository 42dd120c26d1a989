"""Asks a backend for its history, page by page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from runcmd.backend.calls import Backend
from runcmd.backend.refusals import UnsupportedError
from runcmd.events import Phase, TargetKind
from runcmd.follow.view import PHASES
from runcmd.history.past import PastExecution, Wanted
from runcmd.origin import origin_of, resumed_by
from runcmd.times import seconds_between
from stigmer_api.facts import ResourceKind

if TYPE_CHECKING:
    from stigmer_api.history_pb2 import HistoryItem, ListHistoryRequest

LIST_SECONDS = 30.0
PAGE = 200
NUMBERS = {phase: number for number, phase in PHASES.items()}
METHOD = "/stigmer.devloop.v1.HistoryQuery/list"


async def newest(backend: Backend, wanted: Wanted, count: int) -> tuple[list[PastExecution], bool]:
    """The newest first, at most so many, and whether there are more. Raises BackendError."""
    found: list[PastExecution] = []
    async for past in history(backend, wanted, page_size=min(count + 1, PAGE)):
        if len(found) == count:
            return found, True
        found.append(past)
    return found, False


async def history(backend: Backend, wanted: Wanted, *, page_size: int = PAGE) -> AsyncIterator[PastExecution]:
    """The newest first, to the end. Raises BackendError."""
    try:
        async for past in _pages(backend, wanted, page_size):
            yield past
    except UnsupportedError:
        from runcmd.history.plain_server import listed

        for past in await listed(backend, wanted):
            yield past


async def _pages(backend: Backend, wanted: Wanted, page_size: int) -> AsyncIterator[PastExecution]:
    from stigmer_api.history_pb2 import ListHistoryReply

    request = _request(wanted, page_size)
    while True:
        reply = await backend.transport.call(METHOD, request, ListHistoryReply, LIST_SECONDS)
        for item in reply.items:
            yield _past(item)
        if reply.next_page_token == "":
            return
        request.page_token = reply.next_page_token


def _request(wanted: Wanted, page_size: int) -> ListHistoryRequest:
    from stigmer_api.history_pb2 import ListHistoryRequest

    return ListHistoryRequest(
        id_prefix=wanted.id_prefix,
        phases=[NUMBERS[phase] for phase in wanted.phases],
        target=wanted.target,
        target_part=wanted.target_part,
        since=wanted.since.isoformat() if wanted.since else "",
        text=wanted.text,
        top_only=wanted.top_only,
        parents=wanted.parents,
        page_size=page_size,
    )


def _past(item: HistoryItem) -> PastExecution:
    workflow = item.kind == int(ResourceKind.WORKFLOW_EXECUTION)
    return PastExecution(
        execution=item.id,
        kind=TargetKind.WORKFLOW if workflow else TargetKind.AGENT,
        target=item.target or item.target_id,
        phase=PHASES.get(item.phase, Phase.PENDING),
        started_at=item.started_at,
        seconds=seconds_between(item.started_at, item.ended_at),
        created_at=item.created_at,
        ended_at=item.ended_at,
        parent=item.parent,
        parent_task=item.parent_task,
        nested=item.nested,
        session=item.session,
        message=item.message,
        error=item.error,
        resumed_by=resumed_by(item.annotations),
        **origin_of(item.annotations),
    )
