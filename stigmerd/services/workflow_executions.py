"""Workflows at work."""

from __future__ import annotations

from stigmer_api.workflowexecution_pb2 import (
    ListWorkflowExecutionsByWorkflowRequest,
    ListWorkflowExecutionsRequest,
    WorkflowExecution,
    WorkflowExecutionList,
)
from stigmerd.engine.interfaces import ExecutionEngine
from stigmerd.executions.log import Executions
from stigmerd.resources.kinds import WORKFLOW_EXECUTION, WORKFLOW_INSTANCE
from stigmerd.resources.repository import Repository
from stigmerd.resources.workflow_plans import workflow_plan
from stigmerd.services.client_env import client_env_of_call
from stigmerd.services.execution_service import ExecutionService
from stigmerd.services.rpc import Context


class WorkflowExecutions(ExecutionService[WorkflowExecution]):
    def __init__(self, repository: Repository, executions: Executions, engine: ExecutionEngine) -> None:
        super().__init__(WORKFLOW_EXECUTION, repository, executions, engine)

    async def create(self, request: WorkflowExecution, context: Context) -> WorkflowExecution:
        plan = workflow_plan(request, self.repository)
        return await self.engine.execute(plan, client_env_of_call(context), watched=True)

    async def list(self, request: ListWorkflowExecutionsRequest, context: Context) -> WorkflowExecutionList:
        reply = WorkflowExecutionList()
        await self.fill(
            reply, request.page_size, request.page_token, phase=request.phase, tags=tuple(request.tags)
        )
        return reply

    async def list_by_workflow(
        self, request: ListWorkflowExecutionsByWorkflowRequest, context: Context
    ) -> WorkflowExecutionList:
        instances = self.repository.children(WORKFLOW_INSTANCE, request.workflow_id)
        parents = [instance.metadata.id for instance in instances]
        reply = WorkflowExecutionList()
        await self.fill(reply, request.page_size, request.page_token, parents=parents)
        return reply
