"""The service that the contract has for runners: starts, cancels, and says that nothing is paused here."""

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
from stigmerd.resources.rpc_error import RpcError, not_found, not_now, unsupported
from stigmerd.services.control import Control
from stigmerd.services.rpc import Context

WAIT_SECONDS = 10


class Runner:
    """For workflow executions. The contract leaves it to a runner whether it can pause."""

    def __init__(self, control: Control) -> None:
        self._control = control

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
        raise self._no_pauses(request.execution_id, "cannot pause an execution")

    async def resume_execution(self, request: ResumeExecutionRequest, context: Context) -> Empty:
        raise self._no_pauses(request.execution_id, "does not pause executions, so there is none to resume")

    def _no_pauses(self, execution_id: str, what: str) -> RpcError:
        self._at_work(execution_id)
        return unsupported(f"this backend {what}; a LISTEN task waits for a signal, and cancel ends one")

    def _at_work(self, execution_id: str) -> WorkflowExecution:
        """Raises RpcError."""
        execution = self._control.found(execution_id)
        if not isinstance(execution, WorkflowExecution):
            raise not_found(f"workflow execution not found: {execution_id}")
        if is_terminal(execution.status.phase):
            raise not_now(f"{execution_id} has ended already")
        return execution
