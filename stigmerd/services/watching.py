"""Executions watched closely: their status, and what they tell beyond it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Final

from stigmer_api.devloop_pb2 import Note, WatchReply, WatchRequest
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
        try:
            async for sight in self._executions.subscriptions.watch_closely(execution_id, request.after):
                for reply in replies(sight):
                    yield reply
        except KeyError:  # unknown, or deleted meanwhile
            raise not_found(f"execution not found: {execution_id}") from None


def replies(sight: CloseLook) -> Iterator[WatchReply]:
    """As many messages as it takes; the last one has the execution."""
    some: list[Note] = []
    size = 0
    for note in sight.notes:
        if size > NOTES_BYTES:
            yield WatchReply(notes=some, more=True)
            some, size = [], 0
        some.append(note)
        size += note.ByteSize()
    yield WatchReply(execution=sight.execution, notes=some, usage=sight.usage)
