"""What the backend has stored, in short."""

from __future__ import annotations

from typing import Any

from stigmer_api.devloop_pb2 import ListResourcesReply, ListResourcesRequest, ResourceSummary
from stigmer_api.facts import EXECUTION_KINDS
from stigmerd.executions.log import Executions
from stigmerd.process.offload import in_turns
from stigmerd.resources.kinds import AGENT, KINDS, WORKFLOW
from stigmerd.resources.repository import Repository
from stigmerd.resources.rpc_error import invalid
from stigmerd.services.paging import page_size
from stigmerd.services.rpc import Context
from stigmerd.store.rows import Row

DEFAULT_KINDS = (AGENT.number, WORKFLOW.number)
DESCRIBING = ("description", "subject", "message", "trigger_message", "execution_id")


class Catalogue:
    def __init__(self, repository: Repository, executions: Executions) -> None:
        self._repository = repository
        self._executions = executions

    async def list(self, request: ListResourcesRequest, context: Context) -> ListResourcesReply:
        kinds = tuple(request.kinds) or DEFAULT_KINDS
        for kind in kinds:
            if kind not in KINDS:
                raise invalid(f"validation error: kinds: {kind} is not kept here; kept are {sorted(KINDS)}")
        size = page_size(request.page_size)
        try:
            page = self._repository.store.page(
                kinds,
                org=request.org,
                query=request.query,
                size=size,
                token=request.page_token,
                data=False,
            )
        except ValueError as error:
            raise invalid(f"validation error: page_token: {error}") from error
        reply = ListResourcesReply(next_page_token=page.next_token, total_count=page.total)
        async for row in in_turns(page.rows):
            message = self._message(row)
            if message is not None:
                reply.items.append(_summary(row, message))
        return reply

    def _message(self, row: Row) -> Any:
        """None when it was deleted meanwhile."""
        # What an execution says is masked when it leaves; the others hold no secrets in what is shown here.
        if row.kind in EXECUTION_KINDS:
            try:
                return self._executions.get(row.id)
            except KeyError:
                return None
        found = self._repository.store.get(row.kind, row.id)
        return None if found is None else KINDS[row.kind].message.FromString(found.data)


def _summary(row: Row, message: Any) -> ResourceSummary:
    spec = message.spec
    return ResourceSummary(
        kind=row.kind,  # type: ignore[arg-type]
        id=row.id,
        slug=row.slug,
        name=row.name,
        org=row.org,
        description=next((text for name in DESCRIBING if (text := getattr(spec, name, ""))), ""),
        created_at=row.created_at,
        updated_at=row.updated_at,
        annotations=dict(message.metadata.annotations),
    )
