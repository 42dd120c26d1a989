"""What is wrong with a workflow or an instance of one, beyond what the rules of its fields say?"""

from __future__ import annotations

import hashlib

from stigmer_api.workflow_pb2 import Workflow
from stigmer_api.workflowinstance_pb2 import WorkflowInstance
from stigmerd.process.offload import WORTH_BYTES, aside
from stigmerd.resources.collection import ResourceCollection
from stigmerd.resources.definitions import faults
from stigmerd.resources.kinds import WORKFLOW, WORKFLOW_INSTANCE
from stigmerd.resources.programs import program_of
from stigmerd.resources.repository import Repository
from stigmerd.resources.rpc_error import invalid
from stigmerd.resources.templates import TemplateCollection, refuse_other_organization
from stigmerd.workflow.parse import BadWorkflow

MAX_FAULTS_SHOWN = 10
MOST_GOOD = 100


class WorkflowInstanceCollection(ResourceCollection[WorkflowInstance]):
    def __init__(self, repository: Repository) -> None:
        super().__init__(WORKFLOW_INSTANCE, repository)

    def check(self, resource: WorkflowInstance) -> None:
        refuse_other_organization(resource, self.repository.get(WORKFLOW, resource.spec.workflow_id))


class WorkflowCollection(TemplateCollection[Workflow, WorkflowInstance]):
    def __init__(self, repository: Repository) -> None:
        super().__init__(WORKFLOW, repository, WorkflowInstanceCollection(repository), "workflow_id")
        self._good: dict[bytes, None] = {}  # digests of what was checked

    async def check_aside(self, request: Workflow) -> bool:
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
