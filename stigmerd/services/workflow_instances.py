"""Instances of workflows."""

from __future__ import annotations

from stigmer_api.workflowinstance_pb2 import (
    GetWorkflowInstancesByWorkflowRequest,
    WorkflowInstance,
    WorkflowInstanceList,
)
from stigmerd.resources.kinds import WORKFLOW_INSTANCE
from stigmerd.resources.repository import Repository
from stigmerd.resources.workflows import WorkflowInstanceCollection
from stigmerd.services.paging import page_of, page_size, pages
from stigmerd.services.resource_service import ResourceService
from stigmerd.services.rpc import Context


class WorkflowInstances(ResourceService[WorkflowInstance]):
    def __init__(self, repository: Repository) -> None:
        super().__init__(WorkflowInstanceCollection(repository))

    async def get_by_workflow(
        self, request: GetWorkflowInstancesByWorkflowRequest, context: Context
    ) -> WorkflowInstanceList:
        size = page_size(request.page_info.size)
        rows, total = self.repository.page(
            WORKFLOW_INSTANCE, parents=[request.workflow_id], size=size, number=page_of(request.page_info.num)
        )
        entries = [self.repository.redacted(WorkflowInstance.FromString(row.data)) for row in rows]
        return WorkflowInstanceList(total_pages=pages(total, size), entries=entries)
