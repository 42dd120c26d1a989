"""Which workflow, by which instance?"""

from __future__ import annotations

from stigmer_api.messages import copied
from stigmer_api.workflow_pb2 import Workflow
from stigmer_api.workflowexecution_pb2 import WorkflowExecution
from stigmer_api.workflowinstance_pb2 import WorkflowInstance
from stigmerd.resources.kinds import WORKFLOW, WORKFLOW_EXECUTION, WORKFLOW_INSTANCE
from stigmerd.resources.plans import ExecutionPlan
from stigmerd.resources.repository import Repository
from stigmerd.resources.rpc_error import invalid, not_now
from stigmerd.resources.workflows import WorkflowCollection


def workflow_plan(request: WorkflowExecution, repository: Repository) -> ExecutionPlan[WorkflowExecution]:
    """Raises RpcError."""
    execution = copied(request)
    workflow, instance = _workflow_and_instance(execution, repository)
    if not workflow.spec.tasks:
        raise not_now(f'Workflow "{workflow.metadata.slug}" has no tasks; apply it with at least one')
    execution.spec.workflow_id = workflow.metadata.id
    execution.spec.workflow_instance_id = instance.metadata.id
    return ExecutionPlan(
        kind=WORKFLOW_EXECUTION, execution=execution, template=workflow, environments=instance.spec.env_refs
    )


def _workflow_and_instance(
    execution: WorkflowExecution, repository: Repository
) -> tuple[Workflow, WorkflowInstance]:
    spec = execution.spec
    if not spec.workflow_instance_id:
        if not spec.workflow_id:
            raise invalid("spec: one of workflow_id and workflow_instance_id must be set")
        workflow = repository.get(WORKFLOW, spec.workflow_id)
        return workflow, WorkflowCollection(repository).instance_of(workflow)
    instance = repository.get(WORKFLOW_INSTANCE, spec.workflow_instance_id)
    if spec.workflow_id not in ("", instance.spec.workflow_id):
        raise invalid(
            f"spec.workflow_id: {spec.workflow_id} is not that of instance {instance.metadata.id} "
            f"({instance.spec.workflow_id}); send one of the two"
        )
    return repository.get(WORKFLOW, instance.spec.workflow_id), instance
