"""Executions watched closely: snapshots, and between them what was told."""

from __future__ import annotations

import pytest

from stigmer_api.devloop_pb2 import CancelRequest, Note, SignalRequest, TokenUsage, WatchReply, WatchRequest
from stigmer_api.workflowexecution_pb2 import WorkflowExecution
from stigmerd.executions.subscriptions import CloseLook
from stigmerd.services.watching import replies
from tests.stigmerd.services.served import Refused
from tests.support.api import Api, workflow, workflow_execution
from tests.support.tasks import listen_task

COMPLETED, CANCELLED = 3, 5


async def started(api: Api) -> str:
    flow = await api.workflow.apply(workflow("Waiting", listen_task("ask", "approve")))
    return str((await api.workflow_execution.create(workflow_execution(flow.metadata.id))).metadata.id)


async def test_it_tells_what_it_waits_for_and_ends_with_the_execution(api: Api) -> None:
    execution = await started(api)
    replies: list[WatchReply] = []
    async for reply in api.query.watch(WatchRequest(execution_id=execution)):
        replies.append(reply)
        for note in reply.notes:
            if note.HasField("wait"):
                signal = note.wait.on.removeprefix("signal ")
                await api.control.signal(SignalRequest(execution_id=execution, signal_id=signal))
    notes = [note for reply in replies for note in reply.notes]
    assert [note.WhichOneof("about") for note in notes] == ["wait", "wait_over"]
    assert [note.number for note in notes] == [1, 2]
    assert WorkflowExecution.FromString(replies[-1].execution).status.phase == COMPLETED

    again = [reply async for reply in api.query.watch(WatchRequest(execution_id=execution))]
    assert [list(reply.notes) for reply in again] == [notes]
    for after, left in ((1, 1), (2, 0), (1000, 0), (-1, 2)):
        request = WatchRequest(execution_id=execution, after=after)
        (last,) = [reply async for reply in api.query.watch(request)]
        assert [note.number for note in last.notes] == [1, 2][2 - left :]
        assert WorkflowExecution.FromString(last.execution).status.phase == COMPLETED


async def test_one_who_leaves_disturbs_nobody(api: Api) -> None:
    execution = await started(api)
    call = api.query.watch(WatchRequest(execution_id=execution))
    await call.read()
    call.cancel()
    await api.control.cancel(CancelRequest(execution_id=execution, wait_seconds=5))
    last = [reply async for reply in api.query.watch(WatchRequest(execution_id=execution))][-1]
    assert WorkflowExecution.FromString(last.execution).status.phase == CANCELLED


@pytest.mark.parametrize(("execution", "code"), [("wex-none", "NOT_FOUND"), ("", "INVALID_ARGUMENT")])
async def test_what_is_not_there_is_refused(api: Api, refused: Refused, execution: str, code: str) -> None:
    with refused(code):
        await api.query.watch(WatchRequest(execution_id=execution)).read()


def test_more_than_fits_into_a_message_comes_in_parts() -> None:
    notes = []
    for number in range(1, 31):
        notes.append(Note(number=number))
        notes[-1].print.text = "x" * 100_000
    parts = list(replies(CloseLook(b"the execution", notes, TokenUsage())))
    assert [part.more for part in parts] == [True] * (len(parts) - 1) + [False]
    assert [note.number for part in parts for note in part.notes] == list(range(1, 31))
    assert max(part.ByteSize() for part in parts) < 1_000_000
    assert parts[-1].execution == b"the execution"
