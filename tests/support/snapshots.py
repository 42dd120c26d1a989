"""What the backend itself says about an execution, past our own client."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

import grpc

from stigmer_api import workflowexecution_pb2 as wire
from stigmer_api import workflowexecution_pb2_grpc as services
from tests.support.poll import PATIENCE_SECONDS
from tests.support.world import World

PENDING, RUNNING = wire.ExecutionPhase.EXECUTION_PENDING, wire.ExecutionPhase.EXECUTION_IN_PROGRESS
COMPLETED = wire.ExecutionPhase.EXECUTION_COMPLETED
FAILED = wire.ExecutionPhase.EXECUTION_FAILED
CANCELLED = wire.ExecutionPhase.EXECUTION_CANCELLED
TASK_COMPLETED = wire.WorkflowTaskStatus.WORKFLOW_TASK_COMPLETED


def address(world: World) -> str:
    return f"unix:{json.loads((world.data / 'daemon.json').read_text())['socket']}"


@contextmanager
def executions(world: World) -> Iterator[services.WorkflowExecutionQueryControllerStub]:
    with grpc.insecure_channel(address(world)) as channel:
        yield services.WorkflowExecutionQueryControllerStub(channel)


def snapshot(world: World, execution: str) -> wire.WorkflowExecution:
    with executions(world) as query:
        return query.get(wire.WorkflowExecutionId(value=execution), timeout=PATIENCE_SECONDS)


def ended(world: World, execution: str) -> wire.WorkflowExecution:
    """Its last snapshot."""
    with executions(world) as query:
        request = wire.SubscribeWorkflowExecutionRequest(execution_id=execution)
        *_, last = query.subscribe(request, timeout=PATIENCE_SECONDS)
        return last
