"""Executions watched closely: their status, and what they tell beyond it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Final

from stigmer_api.devloop_pb2 import WatchReply, WatchRequest
from stigmerd.executions.log import Executions
from stigmerd.executions.subscriptions import CloseLook
from stigmerd.resources.rpc_error import not_found
from stigmerd.services.rpc import Context

NOTES_BYTES: Final = 512 << 10  # in one message, beside an execution that may be big


class ExecutionQuery:
    def __init__(self, executions: Executions) -> None:
        self._executions = executions

    async def watch(self, request: WatchRequest, context: Context) -> AsyncIterator[WatchReply]:
        execution_id = request.execution_id
        watching = self._executions.subscriptions.watch_closely(
            execution_id, request.after, request.after_request if request.requests else None
        )
        try:
            async for sight in watching:
                for reply in replies(sight):
                    yield reply
        except KeyError:  # unknown, or deleted meanwhile
            raise not_found(f"execution not found: {execution_id}") from None


def replies(sight: CloseLook) -> Iterator[WatchReply]:
    """As many messages as it takes; the last one has the execution."""
    part, size = WatchReply(more=True), 0
    told = [("notes", note) for note in sight.notes] + [("requests", note) for note in sight.requests]
    for field, note in told:
        if size > NOTES_BYTES:
            yield part
            part, size = WatchReply(more=True), 0
        getattr(part, field).append(note)
        size += note.ByteSize()
    part.execution, part.more = sight.execution, False
    part.usage.CopyFrom(sight.usage)
    yield part
