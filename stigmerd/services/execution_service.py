"""What agent and workflow executions have in common: get, list, follow, report, relabel, delete."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any, Generic, cast

from stigmer_api.facts import PARTIAL_METADATA, is_terminal
from stigmer_api.messages import copied
from stigmerd.engine.interfaces import ExecutionEngine
from stigmerd.executions.limits import TooMuch
from stigmerd.executions.log import Executions
from stigmerd.process.offload import in_turns
from stigmerd.resources.kinds import Kind, M
from stigmerd.resources.repository import Repository
from stigmerd.resources.rpc_error import RpcError, exhausted, not_found, not_now
from stigmerd.services.limits import MAX_MESSAGE_BYTES
from stigmerd.services.paging import page_of_token, page_size, pages
from stigmerd.services.resource_service import wanted_id
from stigmerd.services.rpc import Context
from stigmerd.store.vault import redact

DELETE_WAIT_SECONDS = 5
FRAME_BYTES = 5  # around each message of a list


class ExecutionService(Generic[M]):
    """One of these for each of the two kinds."""

    def __init__(
        self, kind: Kind[M], repository: Repository, executions: Executions, engine: ExecutionEngine
    ) -> None:
        self.kind = kind
        self.repository = repository
        self.executions = executions
        self.engine = engine

    async def get(self, request: Any, context: Context) -> M:
        found: Any = self.found(wanted_id(request))
        await self.executions.subscriptions.end_on_disk(found)
        return cast(M, found)

    async def update(self, request: Any, context: Context) -> M:
        """What it is called and tagged may change; what it does may not."""
        self.found(request.metadata.id)
        execution = self.executions.spec(request.metadata.id)
        kept = copied(execution.metadata)
        execution.metadata.CopyFrom(request.metadata)
        execution.metadata.id, execution.metadata.slug, execution.metadata.org = kept.id, kept.slug, kept.org
        return cast(M, self.executions.update(execution))

    async def update_status(self, request: Any, context: Context) -> M:
        """What is said to have ended stops here, too: nobody could cancel it any more."""
        execution_id = request.execution_id
        self.found(execution_id)
        try:
            merged: Any = self.executions.merge_status(execution_id, request.status)
        except TooMuch as error:
            raise exhausted(f"{execution_id}: {error}") from None
        if is_terminal(merged.status.phase):
            await self.engine.cancel(execution_id, "reported as ended", 0)
        return cast(M, merged)

    async def delete(self, request: Any, context: Context) -> M:
        """Stops it first."""
        execution: Any = self.found(wanted_id(request))
        execution_id = execution.metadata.id
        # Also what has ended by somebody else's word (update_status) and is still stopping.
        if not await self.engine.cancel(execution_id, "deleted", DELETE_WAIT_SECONDS):
            raise not_now(f"{self.kind.title} {execution_id} is still stopping; try again in a moment")
        last = self.found(execution_id)
        self.executions.forget(execution_id)
        return last

    async def subscribe(self, request: Any, context: Context) -> AsyncIterator[bytes]:
        """The whole execution at once and whenever it changes; ends with the terminal one."""
        execution_id = request.execution_id if hasattr(request, "execution_id") else request.value
        partial = PARTIAL_METADATA in tuple(context.invocation_metadata() or ())
        try:
            if self.executions.kind(execution_id) != self.kind.number:
                raise self.unknown(execution_id)
            async for snapshot in self.executions.subscriptions.watch_wire(execution_id, partial=partial):
                yield snapshot
        except KeyError:  # unknown, or deleted meanwhile
            raise self.unknown(execution_id) from None

    def found(self, execution_id: str) -> M:
        """Redacted. An id of the other kind is not found either."""
        try:
            execution = self.executions.get(execution_id)
        except KeyError:
            raise self.unknown(execution_id) from None
        if not isinstance(execution, self.kind.message):
            raise self.unknown(execution_id)
        return execution

    def unknown(self, execution_id: str) -> RpcError:
        return not_found(f"{self.kind.title} not found: {execution_id}")

    async def fill(
        self,
        reply: Any,
        wanted_size: int,
        token: str,
        *,
        parents: Sequence[str] | None = None,
        phase: int = 0,
        tags: Sequence[str] = (),
    ) -> None:
        """Newest first, into a reply with `entries` and `total_pages`; what it says survives a power cut."""
        await self.executions.on_disk()
        size = page_size(wanted_size)
        rows, total = self.repository.page(
            self.kind,
            size=size,
            number=page_of_token(token),
            parents=parents,
            phase=phase,
            tags=tags,
            data=False,
        )
        reply.total_pages = pages(total, size)
        seen = 0
        async for row in in_turns(rows):
            seen += self._fill(reply.entries, row.id)
            if seen > MAX_MESSAGE_BYTES:
                raise exhausted(
                    f"{len(rows)} executions are too big for one message; use a smaller page_size"
                )

    def _fill(self, entries: Any, execution_id: str) -> int:
        """Its bytes. One that was deleted meanwhile is left out."""
        row = self.repository.store.get(self.kind.number, execution_id)
        if row is None:
            return 0
        entry = entries.add()
        if is_terminal(row.phase):
            entry.ParseFromString(row.data)  # in place: a list of executions is a big message
            redact(entry)
        else:
            entry.CopyFrom(self.found(execution_id))
        return int(entry.ByteSize()) + FRAME_BYTES
