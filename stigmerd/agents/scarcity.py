"""A tool that finds no memory, file or process fails its call, and nothing else."""

from __future__ import annotations

from typing import Any

from pydantic_ai import RunContext
from pydantic_ai.capabilities import AbstractCapability
from pydantic_ai.exceptions import ToolFailed
from pydantic_ai.messages import ToolCallPart
from pydantic_ai.tools import ToolDefinition

from stigmer_api.shortage import shortage


class Scarcity(AbstractCapability[None]):
    """The system's lack is the answer to the model; what was held for the call is free again by then."""

    async def on_tool_execute_error(
        self,
        ctx: RunContext[None],
        *,
        call: ToolCallPart,
        tool_def: ToolDefinition,
        args: dict[str, Any],
        error: Exception,
    ) -> Any:
        if (lack := shortage(error)) is None:
            raise error
        raise ToolFailed(f"{call.tool_name} was ended: {lack.text}; {lack.hint}") from error
