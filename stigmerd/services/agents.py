"""Agents and their instances."""

from __future__ import annotations

from stigmer_api.agent_pb2 import Agent
from stigmer_api.agentinstance_pb2 import AgentInstance, AgentInstanceList, GetAgentInstancesByAgentRequest
from stigmerd.engine.interfaces import ExecutionEngine
from stigmerd.resources.agents import AgentCollection, AgentInstanceCollection
from stigmerd.resources.kinds import AGENT_INSTANCE
from stigmerd.resources.repository import Repository
from stigmerd.services.paging import page_of, page_size
from stigmerd.services.resource_service import ResourceService
from stigmerd.services.rpc import Context


class AgentInstances(ResourceService[AgentInstance]):
    def __init__(self, repository: Repository) -> None:
        super().__init__(AgentInstanceCollection(repository))

    async def get_by_agent(
        self, request: GetAgentInstancesByAgentRequest, context: Context
    ) -> AgentInstanceList:
        rows, total = self.repository.page(
            AGENT_INSTANCE,
            parents=[request.agent_id],
            size=page_size(request.page_info.size),
            number=page_of(request.page_info.num),
        )
        items = [self.repository.redacted(AgentInstance.FromString(row.data)) for row in rows]
        return AgentInstanceList(total_count=total, items=items)


class Agents(ResourceService[Agent]):
    def __init__(self, repository: Repository, engine: ExecutionEngine) -> None:
        super().__init__(AgentCollection(repository))
        self._engine = engine

    def deployed(self, resource: Agent) -> Agent:
        self._engine.warm()  # who deploys an agent is about to use it
        return super().deployed(resource)
