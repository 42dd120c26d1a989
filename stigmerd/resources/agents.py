"""What is wrong with an agent or an instance of one, beyond what the rules of its fields say?"""

from __future__ import annotations

from collections.abc import Collection

from stigmer_api.agent_pb2 import Agent
from stigmer_api.agentinstance_pb2 import AgentInstance
from stigmerd.executions.variables import overlay
from stigmerd.resources.arguments import exposed
from stigmerd.resources.collection import ResourceCollection
from stigmerd.resources.descriptions import environment_of
from stigmerd.resources.kinds import AGENT, AGENT_INSTANCE
from stigmerd.resources.repository import Repository
from stigmerd.resources.rpc_error import invalid
from stigmerd.resources.templates import TemplateCollection, refuse_other_organization


class AgentInstanceCollection(ResourceCollection[AgentInstance]):
    def __init__(self, repository: Repository) -> None:
        super().__init__(AGENT_INSTANCE, repository)

    def check(self, resource: AgentInstance) -> None:
        agent = self.repository.get(AGENT, resource.spec.agent_id)
        refuse_other_organization(resource, agent)
        org = resource.metadata.org
        found = (environment_of(self.repository, each, org) for each in resource.spec.environment_refs)
        refuse_exposed(agent, overlay(env.spec.data for env in found if env is not None).secrets)


class AgentCollection(TemplateCollection[Agent, AgentInstance]):
    def __init__(self, repository: Repository) -> None:
        super().__init__(AGENT, repository, AgentInstanceCollection(repository), "agent_id")

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
