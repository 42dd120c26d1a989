"""MCP servers as resources of their own."""

from __future__ import annotations

from stigmer_api.mcpserver_pb2 import McpServer
from stigmerd.resources.mcp_servers import McpServerCollection
from stigmerd.resources.repository import Repository
from stigmerd.services.resource_service import ResourceService


class McpServers(ResourceService[McpServer]):
    def __init__(self, repository: Repository) -> None:
        super().__init__(McpServerCollection(repository))
