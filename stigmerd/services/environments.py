"""Environments, and the variables of single executions."""

from __future__ import annotations

from stigmer_api.environment_pb2 import Environment
from stigmer_api.executioncontext_pb2 import ExecutionContext
from stigmerd.resources.collection import ResourceCollection
from stigmerd.resources.contexts import ContextCollection
from stigmerd.resources.kinds import ENVIRONMENT
from stigmerd.resources.repository import Repository
from stigmerd.services.resource_service import ResourceService


class Environments(ResourceService[Environment]):
    def __init__(self, repository: Repository) -> None:
        super().__init__(ResourceCollection(ENVIRONMENT, repository))


class ExecutionContexts(ResourceService[ExecutionContext]):
    def __init__(self, repository: Repository) -> None:
        self._contexts = ContextCollection(repository)
        super().__init__(self._contexts)

    def redacted(self, resource: ExecutionContext) -> ExecutionContext:
        return super().redacted(self._contexts.with_runtime_env(resource))
