"""MCP servers as resources of their own."""

from __future__ import annotations

from stigmer_api.mcpserver_pb2 import McpServer
from stigmerd.executions.variables import overlay
from stigmerd.resources.arguments import exposed
from stigmerd.resources.kinds import MCP_SERVER
from stigmerd.resources.repository import Repository
from stigmerd.resources.rpc_error import invalid
from stigmerd.services.resource_service import ResourceService


class McpServers(ResourceService[McpServer]):
    def __init__(self, repository: Repository) -> None:
        super().__init__(MCP_SERVER, repository)

    def check(self, resource: McpServer) -> None:
        spec = resource.spec
        name = resource.metadata.name or resource.metadata.slug
        if trouble := exposed([(name, spec)], overlay([spec.env_spec.data]).secrets):
            raise invalid(trouble)
