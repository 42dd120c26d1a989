"""Two tools for an agent: which resources its MCP servers have, and what one of them says."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from pydantic_ai.exceptions import ToolFailed
from pydantic_ai.mcp import MCPError, MCPToolset, Resource, ResourceTemplate
from pydantic_ai.messages import BinaryContent
from pydantic_ai.toolsets import FunctionToolset

from stigmerd.agents.mcp.inbound.listening import call_of_execution
from stigmerd.agents.mcp.lending.lent import Lent
from stigmerd.agents.mcp.options import RESOURCES
from stigmerd.agents.mcp.server import PooledServer
from stigmerd.store.json import Json

LISTED: Final = 200  # of one server
MOST_CHARACTERS: Final = 200_000  # of a text
ANSWER_SECONDS: Final = 60

NAMES: Final = frozenset({"list_resources", "read_resource"})

Content = str | BinaryContent | list[str | BinaryContent]


def with_resources(servers: Sequence[Lent]) -> dict[str, Lent]:
    """Those whose resources the agent wants, by their names."""
    return {server.name: server for server in servers if server.config.get("options", {}).get(RESOURCES)}


def resource_tools(servers: Sequence[Lent]) -> list[FunctionToolset[None]]:
    """None where no server's resources are wanted."""
    wanted = with_resources(servers)
    if not wanted:
        return []
    names = ", ".join(wanted)

    async def list_resources(server: str = "", query: str = "") -> str:
        """Lists what can be read: each resource by its uri, and templates of uris to fill in.

        Args:
            server: of this MCP server only; empty: of all of them.
            query: only those with this in their name, description or uri; empty: all.
        """
        chosen = [of(wanted, server)] if server else list(wanted.values())
        return json.dumps([await _listed(each, query) for each in chosen], ensure_ascii=False, indent=1)

    async def read_resource(server: str, uri: str) -> Content:
        """Reads one resource.

        Args:
            server: the MCP server that has it.
            uri: as it is listed, or a template with its places filled in.
        """
        return await _read(of(wanted, server), uri)

    tools: FunctionToolset[None] = FunctionToolset(id="mcp-resources")
    tools.add_function(list_resources, description=f"Lists the resources of the MCP servers: {names}.")
    tools.add_function(read_resource, description=f"Reads a resource of an MCP server: {names}.")
    return [tools]


def of(servers: Mapping[str, Lent], name: str) -> Lent:
    if name not in servers:
        raise ToolFailed(f'no MCP server "{name}" has resources here; there are {", ".join(servers)}')
    return servers[name]


def connected(server: Lent | PooledServer) -> MCPToolset[None]:
    """Raises ToolFailed."""
    if server.toolset is None:
        raise ToolFailed(f'the MCP server "{server.name}" went away')
    return server.toolset


async def _listed(server: Lent, query: str) -> dict[str, Json]:
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            toolset = connected(server)
            resources, templates = await toolset.list_resources(), await toolset.list_resource_templates()
    except (MCPError, TimeoutError) as error:
        raise ToolFailed(f'the MCP server "{server.name}" does not list resources: {error}') from error
    found = list(_matching(map(_resource, resources), query))
    listed: dict[str, Json] = {"server": server.name, "resources": found[:LISTED]}
    if len(found) > LISTED:
        listed["left_out"] = f"{len(found) - LISTED} more: ask with a query"
    if patterns := list(_matching(map(_template, templates), query)):
        listed["templates"] = patterns[:LISTED]
    return listed


def _matching(entries: Iterable[dict[str, Any]], query: str) -> Iterable[dict[str, Any]]:
    for entry in entries:
        said = {name: value for name, value in entry.items() if value}
        if query.casefold() in " ".join(map(str, said.values())).casefold():
            yield said


def _resource(resource: Resource) -> dict[str, Any]:
    return {
        "uri": resource.uri,
        "name": resource.title or resource.name,
        "description": resource.description,
        "type": resource.mime_type,
        "bytes": resource.size,
    }


def _template(template: ResourceTemplate) -> dict[str, Any]:
    return {
        "uri_template": template.uri_template,
        "name": template.title or template.name,
        "description": template.description,
        "type": template.mime_type,
    }


async def _read(server: Lent, uri: str) -> Content:
    try:
        async with asyncio.timeout(ANSWER_SECONDS), server.at_work(reads=True) as process:
            with call_of_execution(process.inbound, "read_resource"):
                content: Content = await connected(process).read_resource(uri)
    except TimeoutError:
        raise ToolFailed(f'the MCP server "{server.name}" gave no answer within {ANSWER_SECONDS} s') from None
    except (MCPError, ValueError) as error:  # an address that is none
        raise ToolFailed(f'the MCP server "{server.name}" cannot read {uri}: {error}') from error
    if isinstance(content, list):
        return [_short(each) for each in content]
    return _short(content)


def _short(content: str | BinaryContent) -> str | BinaryContent:
    if isinstance(content, str) and len(content) > MOST_CHARACTERS:
        return f"{content[:MOST_CHARACTERS]}\n… {len(content) - MOST_CHARACTERS:,} characters are left out"
    return content
