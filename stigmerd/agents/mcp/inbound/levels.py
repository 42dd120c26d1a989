"""A server that logs is asked for what is shown, and for no more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from stigmerd.agents.mcp.options import LOG_LEVEL
from stigmerd.store.json import Json

if TYPE_CHECKING:
    from pydantic_ai.mcp import MCPToolset


async def ask_for_level(toolset: MCPToolset[None], config: Mapping[str, Json]) -> None:
    """Only where the agent says which: what a server logs unasked is its own affair."""
    level = config.get("options", {}).get(LOG_LEVEL)
    if level is None or not toolset.capabilities.logging or toolset.client.initialize_result is None:
        return  # a session without a handshake sends all; what is not shown is left out here
    await toolset.client.set_logging_level(level)
