"""A pool of MCP servers in this process, and executions that lend from it."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from pydantic_ai import RunContext
from pydantic_ai.models.test import TestModel
from pydantic_ai.toolsets import AbstractToolset
from pydantic_ai.usage import RunUsage

from stigmer_api.masking import masker_of
from stigmerd.agents.frames import Message
from stigmerd.agents.mcp.lending.lent import Lent
from stigmerd.agents.mcp.pool import ServerPool
from stigmerd.agents.mcp.told import Told
from stigmerd.agents.mcp.toolsets import offered
from stigmerd.agents.reporter import AgentReporter

ODD_SERVER = Path(__file__).with_name("odd_server.py")
COUNTING_SERVER = Path(__file__).with_name("counting_server.py")
CONTEXT = RunContext[None](deps=None, model=TestModel(), usage=RunUsage())


def config(script: Path, *args: str, name: str = "odd", **more: Any) -> dict[str, Any]:
    """As `mcp.config.resolve` makes it."""
    return {
        "name": name,
        "enabled_tools": [],
        "options": {},
        "roots": [],
        "kind": "stdio",
        "command": sys.executable,
        "args": [str(script), *args],
        "env": {},
        "cwd": str(script.parent),
        "project": str(script.parent),
        "image": "",
        **more,
    }


class Lender:
    """One execution with the tools of its first server."""

    def __init__(self, toolset: AbstractToolset[None], told: list[Message], lent: Lent) -> None:
        self.lent = lent
        self.toolset = toolset
        self.told = told

    async def call(self, tool: str, **args: Any) -> Any:
        tools = await self.toolset.get_tools(CONTEXT)
        return await self.toolset.call_tool(tool, args, CONTEXT, tools[tool])

    async def names(self) -> list[str]:
        return list(await self.toolset.get_tools(CONTEXT))

    @property
    def notes(self) -> list[dict[str, Any]]:
        return [message["note"] for message in self.told if message["type"] == "told"]


@asynccontextmanager
async def lending(
    pool: ServerPool, configs: Sequence[dict[str, Any]], told: list[Message] | None = None
) -> AsyncIterator[Lender]:
    """An execution whose only agent has these servers; `told` gets what it tells."""
    told = [] if told is None else told
    reporter = AgentReporter("aex-1", told.append)
    async with pool.lease(configs, Told(reporter, masker_of([]))) as servers:
        options = {each["name"]: each["options"] for each in configs}
        yield Lender(offered(servers, {}, options)[0], told, servers[0])
