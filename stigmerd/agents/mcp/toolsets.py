"""Which tools of which MCP server an agent sees, and under which name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic_ai import RunContext
from pydantic_ai.exceptions import AgentRunError, ModelRetry, ToolFailed
from pydantic_ai.tools import ToolDefinition
from pydantic_ai.toolsets import AbstractToolset, WrapperToolset
from pydantic_ai.toolsets.abstract import ToolsetTool

from stigmerd.agents.mcp.inbound.listening import call_of_execution
from stigmerd.agents.mcp.resources import NAMES as RESOURCE_TOOLS
from stigmerd.agents.mcp.resources import resource_tools, with_resources
from stigmerd.agents.mcp.server import PooledServer
from stigmerd.agents.problems import AgentProblem

CONNECTION_CLOSED = -32000  # in MCP


@dataclass
class Reachable(WrapperToolset[None]):
    """When a server goes away in the middle of a call, that is the answer to the model."""

    server: PooledServer

    async def call_tool(
        self, name: str, tool_args: dict[str, Any], ctx: RunContext[None], tool: ToolsetTool[None]
    ) -> Any:
        self.server.used = True
        try:
            with call_of_execution(self.server.inbound, name):
                return await self.wrapped.call_tool(name, tool_args, ctx, tool)
        except (ToolFailed, AgentRunError):
            raise
        except ModelRetry as error:
            if not connection_closed(error):
                raise
            self.server.lost = True
            raise self._no_answer(error) from error
        # A foreign library with errors of many kinds; all of them mean that this call got no answer.
        except Exception as error:
            raise self._no_answer(error) from error

    def _no_answer(self, error: Exception) -> ToolFailed:
        said = "" if self.server.usable else self.server.log_tail()
        note = f" (it wrote: {said})" if said else ""
        return ToolFailed(f'the MCP server "{self.server.name}" gave no answer: {error}{note}')


def connection_closed(error: ModelRetry) -> bool:
    """pydantic-ai turns each error of the protocol into a retry; here a retry cannot help."""
    return getattr(error.__cause__, "code", None) == CONNECTION_CLOSED


def offered(
    servers: Sequence[PooledServer], selections: Mapping[str, Sequence[str]]
) -> list[AbstractToolset[None]]:
    """`selections`: the only tools of a server that are offered; no entry or an empty one means all."""
    chosen = {server.name: selected(server, selections.get(server.name, ())) for server in servers}
    twice = {
        name
        for name, count in Counter(name for names in chosen.values() for name in names).items()
        if count > 1
    }
    if with_resources(servers):
        twice |= RESOURCE_TOOLS
    toolsets = [offer(server, chosen[server.name], twice) for server in servers]
    return [*toolsets, *resource_tools(servers)]


def selected(server: PooledServer, wanted: Sequence[str]) -> tuple[str, ...]:
    if unknown := sorted(set(wanted) - set(server.tools)):
        raise AgentProblem(
            f'the MCP server "{server.name}" has no tool {", ".join(unknown)} (enabled_tools); '
            f"it has {', '.join(server.tools) or 'none'}"
        )
    return tuple(name for name in server.tools if not wanted or name in wanted)


def offer(server: PooledServer, names: Sequence[str], twice: set[str]) -> AbstractToolset[None]:
    allowed = frozenset(names)

    def enabled(_: RunContext[None], tool: ToolDefinition) -> bool:
        return tool.name in allowed

    if server.toolset is None:
        raise AgentProblem(f'the MCP server "{server.name}" went away')
    toolset = Reachable(server.toolset, server=server).filtered(enabled)
    # Two servers may have a tool of the same name; a model needs to tell them apart.
    renamed = {f"{server.name}_{name}": name for name in names if name in twice}
    return toolset.renamed(renamed) if renamed else toolset
