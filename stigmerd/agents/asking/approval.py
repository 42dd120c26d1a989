"""Before a tool is called: must somebody approve it? Only then it runs, and is reported to."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from pydantic_ai import RunContext
from pydantic_ai.capabilities import AbstractCapability
from pydantic_ai.exceptions import ToolFailed
from pydantic_ai.messages import ToolCallPart
from pydantic_ai.tools import ToolDefinition

from stigmerd.agents.asking.asker import Pausing
from stigmerd.agents.problems import AgentProblem
from stigmerd.agents.reporter import AgentReporter
from stigmerd.store.json import Json

REQUIRED = "requires_approval"  # in the metadata of a tool: True
SERVER = "server"  # the MCP server that it is a tool of
HARMLESS = "harmless"  # True: asked about only if it is named; what a helper does is asked for itself
PREVIEW = "preview"  # a function of the arguments, sync or async: what to show beside them, such as `diff`
NO_REASON = "the user denied this call"


@dataclass(frozen=True, kw_only=True)
class ApprovalRules:
    """What an agent says of approvals: `options["approval"]`."""

    tools: Sequence[str] = ()  # patterns of names, beside the tools that say it themselves
    timeout: float | None = None  # seconds until a question counts as denied

    @classmethod
    def of(cls, name: str, options: Mapping[str, Json]) -> ApprovalRules:
        """Raises AgentProblem."""
        said = options.get("approval")
        if said is None:
            return cls()
        tools = said.get("tools", []) if isinstance(said, dict) else None
        timeout = said.get("timeout") if isinstance(said, dict) else None
        if tools is True:
            tools = ["*"]
        in_time = timeout is None or (isinstance(timeout, int | float) and timeout > 0)
        if (
            not isinstance(tools, list)
            or not all(isinstance(each, str) and each for each in tools)
            or not in_time
            or isinstance(timeout, bool)
        ):
            raise BadApprovalError(
                f"the option `approval` of {name} must have `tools` (true, or a list of names) and may have "
                f"`timeout` (seconds), not {said!r}"
            )
        return cls(tools=tools, timeout=timeout)

    def need(self, tool: ToolDefinition) -> bool:
        """Must somebody approve its calls?"""
        metadata = tool.metadata or {}
        patterns = [each for each in self.tools if each == tool.name or not metadata.get(HARMLESS)]
        return bool(metadata.get(REQUIRED)) or any(fnmatchcase(tool.name, each) for each in patterns)


class BadApprovalError(AgentProblem):
    """What an agent says of approvals cannot be followed."""

    code = "E1300"


@dataclass
class Approvals(AbstractCapability[None]):
    """The gate in front of all tools of an agent, or of a helper of it."""

    rules: ApprovalRules
    reporter: AgentReporter
    pausing: Pausing  # while somebody is asked
    prefix: str = ""  # of the ids of a helper's calls
    checked: bool = False

    async def prepare_tools(
        self, ctx: RunContext[None], tool_defs: list[ToolDefinition]
    ) -> list[ToolDefinition]:
        """Nothing changes; a name that is no tool's would protect nothing."""
        if not self.checked:
            self.checked = True
            for pattern in self.rules.tools:
                if pattern != "*" and not any(fnmatchcase(tool.name, pattern) for tool in tool_defs):
                    has = ", ".join(tool.name for tool in tool_defs) or "none"
                    raise BadApprovalError(
                        f'approval is required for "{pattern}", which is no tool of this agent; it has {has}'
                    )
        return tool_defs

    async def wrap_tool_execute(
        self,
        ctx: RunContext[None],
        *,
        call: ToolCallPart,
        tool_def: ToolDefinition,
        args: dict[str, Any],
        handler: Any,
    ) -> Any:
        call_id = self.prefix + call.tool_call_id
        with self.reporter.asker.counted_by(call_id, self.pausing):
            if self.rules.need(tool_def):
                await self._approved(call_id, call, tool_def, args)
            self.reporter.call_runs(call_id)
            return await handler(args)

    async def _approved(
        self, call_id: str, call: ToolCallPart, tool_def: ToolDefinition, args: dict[str, Any]
    ) -> None:
        """Raises ToolFailed: the model reads that it was denied, and why."""
        metadata = tool_def.metadata or {}
        about: dict[str, Json] = {"tool": tool_def.name, "server": metadata.get(SERVER, "")}
        if (preview := metadata.get(PREVIEW)) is not None:
            shown = preview(args)
            about |= await shown if inspect.isawaitable(shown) else shown
        answer = await self.reporter.asker.approve(
            call_id, about, call.args_as_json_str(), self.rules.timeout
        )
        if answer.action != "accept":
            raise ToolFailed(f"{NO_REASON}{f': {answer.reason}' if answer.reason else ''}")


def approvals_of(job: Mapping[str, Json], reporter: AgentReporter, pausing: Pausing) -> Approvals:
    """Of the agent itself."""
    rules = ApprovalRules.of(job["name"], job["options"])
    return Approvals(rules=rules, reporter=reporter, pausing=pausing)


def approvals_of_helper(
    job: Mapping[str, Json], entry: Mapping[str, Json], reporter: AgentReporter, call: str, pausing: Pausing
) -> Approvals:
    """What the helper says itself, else what its agent says. `call`: the one that asks it."""
    own = entry["options"].get("approval") is not None
    rules = ApprovalRules.of(entry["name"], entry["options"] if own else job["options"])
    return Approvals(rules=rules, reporter=reporter, pausing=pausing, prefix=f"{call}/", checked=not own)
