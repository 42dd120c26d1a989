"""Which tools of which MCP server an agent sees, and under which name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pydantic_ai import RunContext
from pydantic_ai.tools import ToolDefinition
from pydantic_ai.toolsets import AbstractToolset

from stigmerd.agents.asking.servers import Marked, required_of
from stigmerd.agents.mcp.calling import Reachable
from stigmerd.agents.mcp.lending.lent import Lent
from stigmerd.agents.mcp.limits import call_limits
from stigmerd.agents.mcp.resources import NAMES as RESOURCE_TOOLS
from stigmerd.agents.mcp.resources import resource_tools, with_resources
from stigmerd.agents.problems import AgentProblem
from stigmerd.store.json import Json


def offered(
    servers: Sequence[Lent],
    selections: Mapping[str, Sequence[str]],
    options: Mapping[str, Mapping[str, Json]],
    taken: Iterable[str] = (),
) -> list[AbstractToolset[None]]:
    """
    Args:
        selections: the only tools of a server that are offered; no entry or an empty one means all.
        options: what the agent says of a server beyond the contract.
        taken: the names of what is no server's, such as functions: they keep them.
    """
    chosen = {server.name: selected(server, selections.get(server.name, ())) for server in servers}
    twice = {
        name
        for name, count in Counter([*taken, *(name for names in chosen.values() for name in names)]).items()
        if count > 1
    }
    if with_resources(servers):
        twice |= RESOURCE_TOOLS
    toolsets = []
    for server in servers:
        allowed = Allowed(server, chosen[server.name], servers, every=not selections.get(server.name))
        toolsets.append(offer(server, allowed, twice, options.get(server.name, {})))
    return [*toolsets, *resource_tools(servers)]


def selected(server: Lent, wanted: Sequence[str]) -> tuple[str, ...]:
    check_names(server, wanted, "enabled_tools")
    return tuple(name for name in server.tools if not wanted or name in wanted)


def check_names(server: Lent, wanted: Iterable[str], option: str) -> None:
    if unknown := sorted(set(wanted) - set(server.tools)):
        raise AgentProblem(
            f'the MCP server "{server.name}" has no tool {", ".join(unknown)} ({option}); '
            f"it has {', '.join(server.tools) or 'none'}"
        )


@dataclass(frozen=True)
class Allowed:
    """Which tools of a server an agent may see. `every`: also those that the server has only later."""

    server: Lent
    names: Sequence[str]
    among: Sequence[Lent]
    every: bool

    def has(self, name: str) -> bool:
        """Not a later one whose name another server has: nobody could tell them apart."""
        if name in self.names:
            return True
        taken = {tool for each in self.among if each is not self.server for tool in each.tools}
        return self.every and name not in taken | RESOURCE_TOOLS


def offer(
    server: Lent, allowed: Allowed, twice: set[str], options: Mapping[str, Json]
) -> AbstractToolset[None]:
    def enabled(_: RunContext[None], tool: ToolDefinition) -> bool:
        return allowed.has(tool.name)

    limits = call_limits(server.name, options, server.config.get("call_seconds", 0))
    check_names(server, limits.of_tools, "tool_timeouts")
    required = required_of(server.name, server.tools, options)
    toolset = Marked(Reachable(server, limits), server=server.name, required=required).filtered(enabled)
    # Two servers may have a tool of the same name; a model needs to tell them apart.
    renamed = {f"{server.name}_{name}": name for name in allowed.names if name in twice}
    return toolset.renamed(renamed) if renamed else toolset


def server_options(entry: Mapping[str, Json], agent: Mapping[str, Json] | None = None) -> dict[str, Json]:
    """What an agent says of each server beyond the contract; a helper's word comes before its agent's."""
    said: dict[str, Json] = {}
    for one in (agent or {}, entry):
        for name, options in (one.get("options", {}).get("servers") or {}).items():
            said[name] = {**said.get(name, {}), **options}
    return said
