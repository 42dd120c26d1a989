"""Workflows at work."""

from __future__ import annotations

from stigmer_api.apiresource_pb2 import WorkflowTaskKind
from stigmer_api.workflow_pb2 import Workflow
from stigmer_api.workflowexecution_pb2 import (
    ListWorkflowExecutionsByWorkflowRequest,
    ListWorkflowExecutionsRequest,
    WorkflowExecution,
    WorkflowExecutionList,
)
from stigmer_api.workflowinstance_pb2 import WorkflowInstance
from stigmerd.executions.client_env import NOTHING, ClientEnv
from stigmerd.executions.log import Executions
from stigmerd.resources.kinds import WORKFLOW, WORKFLOW_EXECUTION, WORKFLOW_INSTANCE
from stigmerd.resources.repository import copied
from stigmerd.resources.rpc_error import invalid, not_now
from stigmerd.resources.starter import ExecutionPlan, SideEffect, Starter, nothing
from stigmerd.services.client_env import client_env_of_call
from stigmerd.services.execution_service import Canceller, ExecutionService
from stigmerd.services.rpc import Context
from stigmerd.services.workflows import Workflows

AGENT_CALL = WorkflowTaskKind.WORKFLOW_TASK_KIND_AGENT_CALL
NESTED_AGENT_CALL = WorkflowTaskKind.Name(AGENT_CALL).encode()


class WorkflowExecutions(ExecutionService[WorkflowExecution]):
    def __init__(
        self, workflows: Workflows, executions: Executions, canceller: Canceller, starter: Starter
    ) -> None:
        super().__init__(WORKFLOW_EXECUTION, workflows.repository, executions, canceller)
        self._workflows = workflows
        self._starter = starter

    async def create(self, request: WorkflowExecution, context: Context) -> WorkflowExecution:
        client_env = client_env_of_call(context)
        plan = self._plan(request)
        _held = await self._starter.prepared(plan, client_env)
        return self._starter.start(WORKFLOW_EXECUTION, plan, client_env=client_env, watched=True)

    def begin(
        self,
        request: WorkflowExecution,
        also: SideEffect = nothing,
        client_env: ClientEnv = NOTHING,
        carried: frozenset[str] = frozenset(),
    ) -> WorkflowExecution:
        return self._starter.start(
            WORKFLOW_EXECUTION, self._plan(request), also=also, client_env=client_env, carried=carried
        )

    def _plan(self, request: WorkflowExecution) -> ExecutionPlan[WorkflowExecution]:
        execution = copied(request)
        workflow, instance = self._workflow_and_instance(execution)
        if not workflow.spec.tasks:
            raise not_now(f'Workflow "{workflow.metadata.slug}" has no tasks; apply it with at least one')
        if asks_agents(workflow):
            self._starter.warm()
        execution.spec.workflow_id = workflow.metadata.id
        execution.spec.workflow_instance_id = instance.metadata.id
        return ExecutionPlan(execution=execution, template=workflow, environments=instance.spec.env_refs)

    async def list(self, request: ListWorkflowExecutionsRequest, context: Context) -> WorkflowExecutionList:
        reply = WorkflowExecutionList()
        await self.executions.on_disk()
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
        await self.executions.on_disk()
        await self.fill(reply, request.page_size, request.page_token, parents=parents)
        return reply

    def _workflow_and_instance(self, execution: WorkflowExecution) -> tuple[Workflow, WorkflowInstance]:
        spec = execution.spec
        if not spec.workflow_instance_id:
            if not spec.workflow_id:
                raise invalid("spec: one of workflow_id and workflow_instance_id must be set")
            workflow = self.repository.get(WORKFLOW, spec.workflow_id)
            instance = self._workflows.instance_of(workflow)
            return workflow, instance
        instance = self.repository.get(WORKFLOW_INSTANCE, spec.workflow_instance_id)
        if spec.workflow_id not in ("", instance.spec.workflow_id):
            raise invalid(
                f"spec.workflow_id: {spec.workflow_id} is not that of instance {instance.metadata.id} "
                f"({instance.spec.workflow_id}); send one of the two"
            )
        return self.repository.get(WORKFLOW, instance.spec.workflow_id), instance


def asks_agents(workflow: Workflow) -> bool:
    """A good guess, quickly: nested tasks are looked for by the name of their kind only."""
    return (
        any(task.kind == AGENT_CALL for task in workflow.spec.tasks)
        or NESTED_AGENT_CALL in workflow.SerializeToString()
    )
