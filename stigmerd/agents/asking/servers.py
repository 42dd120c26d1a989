"""Which tools of an MCP server need an approval, and whose they are: written into their metadata."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any

from pydantic_ai import RunContext
from pydantic_ai.toolsets import WrapperToolset
from pydantic_ai.toolsets.abstract import ToolsetTool

from stigmerd.agents.asking.approval import REQUIRED, SERVER, BadApprovalError
from stigmerd.store.json import Json


@dataclass
class Marked(WrapperToolset[None]):
    """The tools of one server, by the names that it gives them."""

    server: str
    required: Sequence[str]  # names, or patterns of them: a server may have more tools later

    async def get_tools(self, ctx: RunContext[None]) -> dict[str, ToolsetTool[None]]:
        return {name: self._marked(name, tool) for name, tool in (await super().get_tools(ctx)).items()}

    def _marked(self, name: str, tool: ToolsetTool[None]) -> ToolsetTool[None]:
        more: dict[str, Any] = {
            SERVER: self.server,
            REQUIRED: any(fnmatchcase(name, each) for each in self.required),
        }
        metadata = {**(tool.tool_def.metadata or {}), **more}
        return replace(tool, tool_def=replace(tool.tool_def, metadata=metadata))


def required_of(server: str, has: Sequence[str], options: Mapping[str, Json]) -> tuple[str, ...]:
    """`options`: what the agent says of this server: `requires_approval`, true or a list of names.

    Raises AgentProblem: a name that is no tool's would protect nothing.
    """
    said = options.get(REQUIRED)
    if said is True:
        return ("*",)
    if said in (None, False):
        return ()
    if not isinstance(said, list) or not all(isinstance(each, str) for each in said):
        raise BadApprovalError(
            f'the MCP server "{server}": `requires_approval` must be true, or a list of names of tools, '
            f"not {said!r}"
        )
    for pattern in said:
        if not any(fnmatchcase(name, pattern) for name in has):
            raise BadApprovalError(
                f'the MCP server "{server}" has no tool {pattern} (requires_approval); '
                f"it has {', '.join(has) or 'none'}"
            )
    return tuple(said)
