"""Workflows and their instances."""

from __future__ import annotations

import hashlib

from stigmer_api.workflow_pb2 import Workflow
from stigmer_api.workflowinstance_pb2 import (
    GetWorkflowInstancesByWorkflowRequest,
    WorkflowInstance,
    WorkflowInstanceList,
)
from stigmerd.engine.programs import program_of
from stigmerd.process.offload import WORTH_BYTES, aside
from stigmerd.resources.definitions import faults
from stigmerd.resources.kinds import WORKFLOW, WORKFLOW_INSTANCE
from stigmerd.resources.repository import Repository
from stigmerd.resources.rpc_error import invalid
from stigmerd.services.agents import refuse_other_organization
from stigmerd.services.paging import page_of, page_size, pages
from stigmerd.services.resource_service import ResourceService
from stigmerd.services.rpc import Context
from stigmerd.services.templates import Templates
from stigmerd.workflow.parse import BadWorkflow

MAX_FAULTS_SHOWN = 10
MOST_GOOD = 100


class WorkflowInstances(ResourceService[WorkflowInstance]):
    def __init__(self, repository: Repository) -> None:
        super().__init__(WORKFLOW_INSTANCE, repository)

    def check(self, resource: WorkflowInstance) -> None:
        refuse_other_organization(resource, self.repository.get(WORKFLOW, resource.spec.workflow_id))

    async def get_by_workflow(
        self, request: GetWorkflowInstancesByWorkflowRequest, context: Context
    ) -> WorkflowInstanceList:
        size = page_size(request.page_info.size)
        rows, total = self.repository.page(
            WORKFLOW_INSTANCE, parents=[request.workflow_id], size=size, number=page_of(request.page_info.num)
        )
        entries = [self.repository.shown(WorkflowInstance.FromString(row.data)) for row in rows]
        return WorkflowInstanceList(total_pages=pages(total, size), entries=entries)


class Workflows(Templates[Workflow, WorkflowInstance]):
    def __init__(self, repository: Repository, instances: WorkflowInstances) -> None:
        super().__init__(WORKFLOW, repository, instances, "workflow_id")
        self._good: dict[bytes, None] = {}  # digests of what was checked

    async def prepared(self, request: Workflow) -> bool:
        """One that is long is checked before it is its turn, beside the others, and once for each content."""
        size = request.ByteSize()
        if size < WORTH_BYTES:
            return False
        await aside(size, self._examine, request)
        return True

    def _examine(self, resource: Workflow) -> None:
        content = hashlib.sha256()
        for task in resource.spec.tasks:
            content.update(task.SerializeToString(deterministic=True))
            content.update(b"\0")
        digest = content.digest()
        if digest not in self._good:
            self.check(resource)
            self._good[digest] = None
            if len(self._good) > MOST_GOOD:
                del self._good[next(iter(self._good))]

    def check(self, resource: Workflow) -> None:
        found = list(faults(resource.spec.tasks))
        if found:
            shown = "; ".join(found[:MAX_FAULTS_SHOWN])
            more = f"; and {len(found) - MAX_FAULTS_SHOWN} more" if len(found) > MAX_FAULTS_SHOWN else ""
            raise invalid(f"workflow validation failed: {shown}{more}")
        try:
            program_of(resource)
        except BadWorkflow as error:
            raise invalid(f"workflow validation failed: {error}") from error
