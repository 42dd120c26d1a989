"""Which tools of which MCP server an agent sees, and under which name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from pydantic_ai import RunContext
from pydantic_ai.exceptions import AgentRunError, ModelRetry, ToolFailed
from pydantic_ai.tools import ToolDefinition
from pydantic_ai.toolsets import AbstractToolset, WrapperToolset
from pydantic_ai.toolsets.abstract import ToolsetTool

from stigmerd.agents.asking.servers import Marked, required_of
from stigmerd.agents.mcp.inbound.listening import call_of_execution
from stigmerd.agents.mcp.limits import CallLimits, Clock, call_limits
from stigmerd.agents.mcp.resources import NAMES as RESOURCE_TOOLS
from stigmerd.agents.mcp.resources import resource_tools, with_resources
from stigmerd.agents.mcp.results import shown
from stigmerd.agents.mcp.server import PooledServer
from stigmerd.agents.problems import AgentProblem
from stigmerd.store.json import Json


@dataclass
class Reachable(WrapperToolset[None]):
    """Each call ends: with an answer, or with a reason why there is none, which the model gets as well."""

    server: PooledServer
    limits: CallLimits

    async def call_tool(
        self, name: str, tool_args: dict[str, Any], ctx: RunContext[None], tool: ToolsetTool[None]
    ) -> Any:
        self.server.used = True
        clock = Clock(self.limits.of(name), patient=self.limits.patient(name))
        self.server.doubts.add(clock.doubt)
        try:
            with call_of_execution(self.server.inbound, name, clock.paused):
                async with clock.running():
                    return shown(await self.wrapped.call_tool(name, tool_args, ctx, tool))
        except (ToolFailed, AgentRunError):
            raise
        except ModelRetry as error:  # of the protocol: the call got no result
            raise self._no_result(name, error) from error
        # A foreign library with errors of many kinds; all of them mean that this call got no answer.
        except Exception as error:
            if clock.expired:
                raise ToolFailed(clock.words(self.server.name, name)) from error
            why = what_is_wrong(error) if isinstance(error, ValidationError) else str(error)
            raise self._no_answer(f"{name}: {why or type(error).__name__}") from error
        finally:
            self.server.doubts.discard(clock.doubt)

    def _no_result(self, name: str, error: ModelRetry) -> ToolFailed:
        """Codes are no evidence: an application may use -32000, too."""
        if not self.server.usable:
            self.server.lost = True
            return self._no_answer(f"{name}: {error}")
        return ToolFailed(f'the MCP server "{self.server.name}" gave no result of {name}: {error}')

    def _no_answer(self, error: str) -> ToolFailed:
        said = "" if self.server.usable else self.server.log_tail()
        note = f" (it wrote: {said})" if said else ""
        return ToolFailed(f'the MCP server "{self.server.name}" gave no answer to {error}{note}')


def offered(
    servers: Sequence[PooledServer],
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
    toolsets = [offer(server, chosen[server.name], twice, options.get(server.name, {})) for server in servers]
    return [*toolsets, *resource_tools(servers)]


def selected(server: PooledServer, wanted: Sequence[str]) -> tuple[str, ...]:
    check_names(server, wanted, "enabled_tools")
    return tuple(name for name in server.tools if not wanted or name in wanted)


def check_names(server: PooledServer, wanted: Iterable[str], option: str) -> None:
    if unknown := sorted(set(wanted) - set(server.tools)):
        raise AgentProblem(
            f'the MCP server "{server.name}" has no tool {", ".join(unknown)} ({option}); '
            f"it has {', '.join(server.tools) or 'none'}"
        )


def offer(
    server: PooledServer, names: Sequence[str], twice: set[str], options: Mapping[str, Json]
) -> AbstractToolset[None]:
    allowed = frozenset(names)

    def enabled(_: RunContext[None], tool: ToolDefinition) -> bool:
        return tool.name in allowed

    if server.toolset is None:
        raise AgentProblem(f'the MCP server "{server.name}" went away')
    limits = limits_of(server.config)
    check_names(server, limits.of_tools, "tool_timeouts")
    required = required_of(server.name, server.tools, options)
    reachable = Reachable(server.toolset, server=server, limits=limits)
    toolset = Marked(reachable, server=server.name, required=required).filtered(enabled)
    # Two servers may have a tool of the same name; a model needs to tell them apart.
    renamed = {f"{server.name}_{name}": name for name in names if name in twice}
    return toolset.renamed(renamed) if renamed else toolset


def what_is_wrong(error: ValidationError) -> str:
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    return f"the result is not as MCP wants it, {place}: {first['msg']}"


def limits_of(config: Mapping[str, Json]) -> CallLimits:
    return call_limits(config["name"], config.get("options", {}), config.get("call_seconds", 0))


def server_options(entry: Mapping[str, Json], agent: Mapping[str, Json] | None = None) -> dict[str, Json]:
    """What an agent says of each server beyond the contract; a helper's word comes before its agent's."""
    said: dict[str, Json] = {}
    for one in (agent or {}, entry):
        for name, options in (one.get("options", {}).get("servers") or {}).items():
            said[name] = {**said.get(name, {}), **options}
    return said
