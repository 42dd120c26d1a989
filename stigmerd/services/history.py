"""Past and present executions, listed by what is known of them."""

from __future__ import annotations

from datetime import UTC, datetime

from stigmer_api.facts import PHASE_CANCELLED, PHASE_PENDING
from stigmer_api.history_pb2 import HistoryItem, ListHistoryReply, ListHistoryRequest
from stigmerd.executions.history import History, HistoryLine
from stigmerd.executions.log import Executions
from stigmerd.resources.rpc_error import invalid
from stigmerd.services.paging import page_size
from stigmerd.services.rpc import Context
from stigmerd.store.clock import rfc3339
from stigmerd.store.history import HistoryQuestion
from stigmerd.store.paging import decode_token, encode_token
from stigmerd.store.store import Store

MOST_PARENTS = 1000


class HistoryService:
    def __init__(self, store: Store, executions: Executions) -> None:
        self._history = History(store, executions)
        self._executions = executions

    async def list(self, request: ListHistoryRequest, context: Context) -> ListHistoryReply:
        try:
            before = decode_token(request.page_token)
        except ValueError as error:
            raise invalid(f"validation error: page_token: {error}") from error
        await self._executions.on_disk()
        lines, following = await self._history.page(
            question_of(request), request.text, before=before, size=page_size(request.page_size)
        )
        return ListHistoryReply(
            items=map(item_of, lines), next_page_token=encode_token(following) if following else ""
        )


def question_of(request: ListHistoryRequest) -> HistoryQuestion:
    """Raises RpcError."""
    for phase in request.phases:
        if not PHASE_PENDING <= phase <= PHASE_CANCELLED:
            raise invalid(f"validation error: phases: {phase} is no phase of an execution")
    if len(request.parents) > MOST_PARENTS:
        raise invalid(f"validation error: parents: at most {MOST_PARENTS}")
    return HistoryQuestion(
        id_prefix=request.id_prefix,
        phases=tuple(request.phases),
        target=request.target,
        target_part=request.target_part,
        since=_moment(request.since) if request.since else "",
        top_only=request.top_only,
        parents=tuple(request.parents),
    )


def item_of(line: HistoryLine) -> HistoryItem:
    row = line.row
    return HistoryItem(
        kind=row.kind,  # type: ignore[arg-type]  # an enum's number
        id=row.id,
        org=row.org,
        target_id=line.target_id,
        target=row.target,
        target_slug=row.target_slug,
        phase=row.phase,
        created_at=row.created_at,
        started_at=line.started_at,
        ended_at=line.ended_at,
        parent=line.parent,
        parent_task=line.parent_task,
        nested=row.nested,
        session=line.session,
        message=line.message,
        error=line.error,
        annotations=line.annotations,
    )


def _moment(text: str) -> str:
    """As the store writes it. Raises RpcError."""
    try:
        return rfc3339(datetime.fromisoformat(text).astimezone(UTC))
    except (ValueError, OverflowError) as error:
        raise invalid(f'validation error: since: "{text[:40]}" is not a time as of RFC 3339') from error
