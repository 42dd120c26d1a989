"""Does an MCP server ask for a secret where everybody could read it?"""

from __future__ import annotations

from stigmer_api.mcpserver_pb2 import McpServer
from stigmerd.executions.variables import overlay
from stigmerd.resources.arguments import exposed
from stigmerd.resources.collection import ResourceCollection
from stigmerd.resources.kinds import MCP_SERVER
from stigmerd.resources.repository import Repository
from stigmerd.resources.rpc_error import invalid


class McpServerCollection(ResourceCollection[McpServer]):
    def __init__(self, repository: Repository) -> None:
        super().__init__(MCP_SERVER, repository)

    def check(self, resource: McpServer) -> None:
        spec = resource.spec
        name = resource.metadata.name or resource.metadata.slug
        if trouble := exposed([(name, spec)], overlay([spec.env_spec.data]).secrets):
            raise invalid(trouble)
