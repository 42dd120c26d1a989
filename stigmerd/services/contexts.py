"""The variables of single executions."""

from __future__ import annotations

from stigmer_api.executioncontext_pb2 import ExecutionContext
from stigmerd.resources.contexts import ContextCollection
from stigmerd.resources.repository import Repository
from stigmerd.services.resource_service import ResourceService


class ExecutionContexts(ResourceService[ExecutionContext]):
    def __init__(self, repository: Repository) -> None:
        self._contexts = ContextCollection(repository)
        super().__init__(self._contexts)

    def redacted(self, resource: ExecutionContext) -> ExecutionContext:
        return super().redacted(self._contexts.with_runtime_env(resource))
