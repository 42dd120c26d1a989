"""The service that the contract has for runners: starts, cancels, pauses and resumes workflow executions."""

from __future__ import annotations

import grpc
from google.protobuf.empty_pb2 import Empty

from stigmer_api.devloop_pb2 import CancelReply, CancelRequest
from stigmer_api.facts import PHASE_CANCELLED, PHASE_PENDING, is_terminal
from stigmer_api.workflowexecution_pb2 import WorkflowExecution
from stigmer_api.workflowrunner_pb2 import (
    CancelExecutionRequest,
    PauseExecutionRequest,
    ResumeExecutionRequest,
    WorkflowExecuteInput,
    WorkflowExecuteResponse,
)
from stigmerd.engine.interfaces import ExecutionEngine
from stigmerd.resources.rpc_error import RpcError, not_found, not_now, unsupported
from stigmerd.services.control import Control
from stigmerd.services.rpc import Context

WAIT_SECONDS = 10


class Runner:
    """For workflow executions."""

    def __init__(self, control: Control, engine: ExecutionEngine) -> None:
        self._control = control
        self._engine = engine

    async def execute_async(self, request: WorkflowExecuteInput, context: Context) -> WorkflowExecuteResponse:
        """What was created has been started: says so."""
        if request.workflow_yaml:
            raise unsupported("a workflow as YAML is not taken here; deploy it and create an execution of it")
        execution = self._at_work(request.workflow_execution_id)
        waits = execution.status.phase == PHASE_PENDING
        return WorkflowExecuteResponse(
            workflow_execution_id=execution.metadata.id,
            status="pending" if waits else "running",
            message="it was started when it was created; subscribe to it to see what it does",
        )

    async def cancel_execution(self, request: CancelExecutionRequest, context: Context) -> Empty:
        """One that was cancelled before is not cancelled again, which is no mistake."""
        wanted = CancelRequest(
            execution_id=request.execution_id,
            reason=request.reason,
            wait_seconds=0 if request.force else WAIT_SECONDS,
        )
        if self._control.found(request.execution_id).status.phase == PHASE_CANCELLED:
            return Empty()
        reply = await self._control.cancel(wanted, context)
        if reply.outcome == CancelReply.ALREADY_FINISHED:
            raise not_now(f"{request.execution_id} has ended already")
        if reply.outcome == CancelReply.STILL_RUNNING and not request.force:
            raise RpcError(
                grpc.StatusCode.DEADLINE_EXCEEDED,
                f"{request.execution_id} was asked to stop but still runs after {WAIT_SECONDS} s",
                code="E0607",
            )
        return Empty()

    async def pause_execution(self, request: PauseExecutionRequest, context: Context) -> Empty:
        """What has begun goes on to its end; what comes next waits. Once more is no mistake."""
        self._at_work(request.execution_id)
        self._engine.pause(request.execution_id, request.reason)
        return Empty()

    async def resume_execution(self, request: ResumeExecutionRequest, context: Context) -> Empty:
        """One that is not paused goes on, which is no mistake."""
        self._at_work(request.execution_id)
        self._engine.resume(request.execution_id)
        return Empty()

    def _at_work(self, execution_id: str) -> WorkflowExecution:
        """Raises RpcError."""
        execution = self._control.found(execution_id)
        if not isinstance(execution, WorkflowExecution):
            raise not_found(f"workflow execution not found: {execution_id}")
        if is_terminal(execution.status.phase):
            raise not_now(f"{execution_id} has ended already")
        return execution
