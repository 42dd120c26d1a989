"""The kinds of resource that a file may declare, and why others are refused."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Final

from stigmer_api.facts import ResourceKind

if TYPE_CHECKING:
    from google.protobuf.message import Message

KINDS: Final[Mapping[str, ResourceKind]] = {
    "Agent": ResourceKind.AGENT,
    "Workflow": ResourceKind.WORKFLOW,
    "AgentInstance": ResourceKind.AGENT_INSTANCE,
    "WorkflowInstance": ResourceKind.WORKFLOW_INSTANCE,
    "Environment": ResourceKind.ENVIRONMENT,
    "Session": ResourceKind.SESSION,
    "McpServer": ResourceKind.MCP_SERVER,
}
ELSEWHERE: Final[Mapping[str, str]] = {
    "Skill": "a skill is a directory: stigmer skill push DIRECTORY",
    "AgentExecution": "to start one, run the agent: stigmer run NAME",
    "WorkflowExecution": "to start one, run the workflow: stigmer run NAME",
    "ExecutionContext": "give variables to a run: stigmer run NAME -e NAME=VALUE",
}


def empty_message(title: str) -> Message:
    """A message of this kind."""
    module = import_module(f"stigmer_api.{title.lower()}_pb2")
    message: Message = getattr(module, title)()
    return message
