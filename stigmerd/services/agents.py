"""Agents and their instances."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from stigmer_api.agent_pb2 import Agent
from stigmer_api.agentinstance_pb2 import AgentInstance, AgentInstanceList, GetAgentInstancesByAgentRequest
from stigmerd.executions.variables import overlay
from stigmerd.resources.arguments import exposed
from stigmerd.resources.descriptions import environment_of
from stigmerd.resources.kinds import AGENT, AGENT_INSTANCE
from stigmerd.resources.repository import Repository
from stigmerd.resources.rpc_error import invalid
from stigmerd.services.paging import page_of, page_size
from stigmerd.services.resource_service import ResourceService
from stigmerd.services.rpc import Context
from stigmerd.services.templates import Templates


class AgentInstances(ResourceService[AgentInstance]):
    def __init__(self, repository: Repository) -> None:
        super().__init__(AGENT_INSTANCE, repository)

    def check(self, resource: AgentInstance) -> None:
        agent = self.repository.get(AGENT, resource.spec.agent_id)
        refuse_other_organization(resource, agent)
        found = (environment_of(self.repository, each) for each in resource.spec.environment_refs)
        refuse_exposed(agent, overlay(env.spec.data for env in found if env is not None).secrets)

    async def get_by_agent(
        self, request: GetAgentInstancesByAgentRequest, context: Context
    ) -> AgentInstanceList:
        rows, total = self.repository.page(
            AGENT_INSTANCE,
            parents=[request.agent_id],
            size=page_size(request.page_info.size),
            number=page_of(request.page_info.num),
        )
        items = [self.repository.shown(AgentInstance.FromString(row.data)) for row in rows]
        return AgentInstanceList(total_count=total, items=items)


class Agents(Templates[Agent, AgentInstance]):
    def __init__(self, repository: Repository, instances: AgentInstances, warm: Callable[[], None]) -> None:
        super().__init__(AGENT, repository, instances, "agent_id")
        self._warm = warm

    def completed(self, resource: Agent) -> Agent:
        self._warm()  # who deploys an agent is about to use it
        return super().completed(resource)

    def check(self, resource: Agent) -> None:
        """MCP servers and sub-agents are called by name; a secret is no argument of a server."""
        refuse_exposed(resource, overlay([resource.spec.env_spec.data]).secrets)
        servers = [server.name for server in resource.spec.mcp_servers]
        _refuse_twins("spec.mcp_servers", servers)
        _refuse_twins("spec.sub_agents", [sub.name for sub in resource.spec.sub_agents])
        for index, sub in enumerate(resource.spec.sub_agents):
            for name in (*sub.mcp_servers, *sub.mcp_tool_selections):
                if name not in servers:
                    known = ", ".join(servers) or "none"
                    raise invalid(
                        f'spec.sub_agents[{index}] ("{sub.name}") names the MCP server "{name}", '
                        f"which the agent does not have (it has: {known})"
                    )


def refuse_exposed(agent: Agent, secrets: Collection[str]) -> None:
    if trouble := exposed([(server.name, server) for server in agent.spec.mcp_servers], secrets):
        raise invalid(trouble)


def _refuse_twins(where: str, names: list[str]) -> None:
    for index, name in enumerate(names):
        if name in names[:index]:
            raise invalid(f'{where}[{index}]: the name "{name}" is taken by {where}[{names.index(name)}]')


def refuse_other_organization(instance: Any, template: Any) -> None:
    """Only what the platform owns may be used by everybody."""
    organization = 2
    owned = template.metadata.owner_scope == instance.metadata.owner_scope == organization
    if owned and template.metadata.org != instance.metadata.org:
        raise invalid(
            f'{template.kind} "{template.metadata.slug}" belongs to organization "{template.metadata.org}", '
            f'an instance of "{instance.metadata.org}" cannot use it'
        )
