"""D9: what somebody else deletes in the middle of a call or of its work is not found, and no bug."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest

from stigmer_api.apiresource_pb2 import ApiResourceId
from stigmer_api.devloop_pb2 import CancelRequest, DescribeRequest
from stigmer_api.workflowexecution_pb2 import (
    SubscribeWorkflowExecutionRequest,
    WorkflowExecutionId,
    WorkflowExecutionStatus,
    WorkflowExecutionUpdateStatusInput,
)
from tests.attacks.raw import log_of, raw_client
from tests.support.api import Api, workflow, workflow_execution
from tests.support.poll import wait_until
from tests.support.tasks import wait_task
from tests.support.world import World

AT_ONCE = 8
ROUNDS = 15
COMPLETED = 3


@pytest.fixture
def api(shared: World) -> Iterator[Api]:
    with raw_client(shared) as raw:
        before = len(log_of(shared))
        yield Api(raw.channel)  # type: ignore[arg-type]
        assert "ERROR" not in log_of(shared)[before:]


def waiting(api: Api) -> str:
    made = api.workflow.apply(workflow("Waits", wait_task()))
    return str(api.workflow_execution.create(workflow_execution(made.metadata.id)).metadata.id)


def code_of(call: Any, request: Any) -> str:
    try:
        call(request)
    except grpc.RpcError as error:
        return str(error.code().name)  # type: ignore[attr-defined]
    return "OK"


def test_many_who_end_the_same_thing(api: Api) -> None:
    with ThreadPoolExecutor(AT_ONCE) as threads:
        for _ in range(ROUNDS):
            execution_id = waiting(api)
            delete = (api.workflow_execution.delete, ApiResourceId(value=execution_id))
            cancel = (api.control.cancel, CancelRequest(execution_id=execution_id, wait_seconds=5))
            codes = list(threads.map(lambda each: code_of(*each), [delete, cancel] * (AT_ONCE // 2)))
            assert set(codes) <= {"OK", "NOT_FOUND"}
            assert "OK" in codes


@pytest.mark.parametrize("deleted", [True, False])
def test_what_was_said_to_have_ended_is_stopped(api: Api, deleted: bool) -> None:
    """By its status: its work here went on, where nobody could cancel it, and fell over what was missing."""
    execution_id = waiting(api)
    first = next(
        iter(api.workflow_execution.subscribe(SubscribeWorkflowExecutionRequest(execution_id=execution_id)))
    )
    assert first.metadata.id == execution_id
    status = WorkflowExecutionStatus(phase=COMPLETED)  # type: ignore[arg-type]
    api.workflow_execution.updateStatus(
        WorkflowExecutionUpdateStatusInput(execution_id=execution_id, status=status)
    )
    if deleted:
        api.workflow_execution.delete(ApiResourceId(value=execution_id))
    wait_until(
        lambda: api.daemon.describe(DescribeRequest()).live_executions == 0, "nothing runs that has ended"
    )
    if not deleted:
        left = api.workflow_execution.get(WorkflowExecutionId(value=execution_id))
        assert (left.status.phase, left.status.error) == (COMPLETED, "")
