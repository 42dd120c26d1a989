"""Agents that ask for built-in tools, and projects that allow them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stigmer_api.agent_pb2 import Agent
from stigmer_api.agentexecution_pb2 import AgentExecution, ToolCall
from tests.stigmerd.agents.stage import scripted

FREE: Mapping[str, Any] = {"requires_approval": False}


def asking(
    project: Path | None, *turns: object, allow: str = "files,shell,web", **builtins: Mapping[str, Any]
) -> Agent:
    """`turns`: as a script has them."""
    agent = scripted(json.dumps(turns))
    if project is not None:
        agent.metadata.annotations["devloop.stigmer.ai/project-dir"] = str(project)
        agent.metadata.annotations["devloop.stigmer.ai/allow"] = allow
    said = {kind: {**FREE, **options} for kind, options in builtins.items()}
    agent.metadata.annotations["devloop.stigmer.ai/options"] = json.dumps({"builtins": said})
    return agent


def calling(tool: str, **args: object) -> dict[str, object]:
    return {"call": {"tool": tool, "args": args}}


def calls(execution: AgentExecution) -> list[ToolCall]:
    return [*execution.status.tool_calls]


def said(call: ToolCall) -> str:
    return call.error or call.result


def facts(call: ToolCall) -> Mapping[str, Any]:
    return dict(call.component_metadata.metadata)
