"""A call of a tool of an MCP server: it ends with an answer, or with the reason why there is none."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError
from pydantic_ai import RunContext
from pydantic_ai.exceptions import AgentRunError, ModelRetry, ToolFailed
from pydantic_ai.tools import ToolDefinition
from pydantic_ai.toolsets import AbstractToolset
from pydantic_ai.toolsets.abstract import ToolsetTool

from stigmerd.agents.mcp.inbound.addresses import with_addresses
from stigmerd.agents.mcp.inbound.listening import call_of_execution
from stigmerd.agents.mcp.lending.lent import Lent
from stigmerd.agents.mcp.limits import CallLimits, Clock
from stigmerd.agents.mcp.results import shown
from stigmerd.agents.mcp.server import LISTING_SECONDS, PooledServer, ServerFailed

if TYPE_CHECKING:
    from pydantic_ai.mcp import MCPToolset

RETIRED = "Session terminated"  # how the library says 404: the server knows nothing of the session
UNREADABLE = "the answer cannot be read, it is no message of JSON-RPC 2.0"


class Unreached(Exception):  # noqa: N818
    """The call had no effect, and may be made again elsewhere."""


class Reachable(AbstractToolset[None]):
    """Each call ends: with an answer, or with a reason why there is none, which the model gets as well."""

    def __init__(self, lent: Lent, limits: CallLimits) -> None:
        self._lent = lent
        self._limits = limits
        self._known: dict[str, ToolsetTool[None]] = {}

    @property
    def id(self) -> str | None:
        return f"mcp-{self._lent.name}"

    async def get_tools(self, ctx: RunContext[None]) -> dict[str, ToolsetTool[None]]:
        """As they are now: a server may change them."""
        if (toolset := self._lent.toolset) is not None:
            try:
                async with asyncio.timeout(LISTING_SECONDS):
                    tools = await toolset.get_tools(ctx)
            # A foreign server that cannot list any more may still be called; the call says what is wrong.
            except Exception:
                return self._known
            self._known = {name: replace(tool, toolset=self) for name, tool in tools.items()}
        return self._known

    async def call_tool(
        self, name: str, tool_args: dict[str, Any], ctx: RunContext[None], tool: ToolsetTool[None]
    ) -> Any:
        try:
            return await self._called(name, tool_args, ctx, tool, again=False)
        except Unreached:
            return await self._called(name, tool_args, ctx, tool, again=True)

    async def _called(
        self,
        name: str,
        args: dict[str, Any],
        ctx: RunContext[None],
        tool: ToolsetTool[None],
        *,
        again: bool,
    ) -> Any:
        reads = reads_only(tool.tool_def)
        clock = Clock(self._limits.of(name), patient=self._limits.patient(name))
        try:
            async with self._lent.at_work(reads=reads) as server:
                with (
                    call_of_execution(server.inbound, name, clock.paused) as asks,
                    server.doubted_by(clock.doubt),
                ):
                    try:
                        async with clock.running():
                            call = partial(connected(server).call_tool, name, args, ctx, tool)
                            return shown(await with_addresses(server.inbound, asks, call))
                    except (ToolFailed, AgentRunError):
                        raise
                    # A foreign library with errors of many kinds; all of them mean: no result.
                    except Exception as error:
                        raise self._failed(server, name, error, clock, reads, again) from error
        except ServerFailed as error:
            raise ToolFailed(str(error)) from error

    def _failed(
        self, server: PooledServer, name: str, error: Exception, clock: Clock, reads: bool, again: bool
    ) -> Exception:
        if clock.expired:
            server.give_up_call()
            return ToolFailed(clock.words(server.name, name))
        why = what_is_wrong(error)
        retired = isinstance(error, ModelRetry) and RETIRED in why
        if isinstance(error, ModelRetry) and server.usable and not retired:
            # Of the protocol. Codes are no evidence of anything: an application may use -32000, too.
            return ToolFailed(f'the MCP server "{server.name}" gave no result of {name}: {why}')
        server.lost = server.lost or retired or not server.usable
        if server.lost and (reads or retired) and not again:
            return Unreached(why)
        said = "" if server.usable else server.log_tail()
        note = f" (it wrote: {said})" if said else ""
        return ToolFailed(
            f'the MCP server "{server.name}" gave no answer to {name}: {why or type(error).__name__}{note}'
        )


def reads_only(tool: ToolDefinition) -> bool:
    """Whether its server says that it leaves nothing behind."""
    annotations = (tool.metadata or {}).get("annotations") or {}
    return annotations.get("readOnlyHint") is True


def connected(server: PooledServer) -> MCPToolset[None]:
    if server.toolset is None:
        raise ServerFailed(f'the MCP server "{server.name}" went away')
    return server.toolset


def what_is_wrong(error: Exception) -> str:
    """In words: what a library says of a message that it cannot read is a page of its own."""
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        return f"the result is not as MCP wants it, {place}: {first['msg']}"
    text = str(error)
    return UNREADABLE if text.startswith("Failed to parse ") else text
