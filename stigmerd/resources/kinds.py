"""The kinds of resource: number, name, id prefix, message."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from google.protobuf.message import Message

from stigmer_api import (
    agent_pb2,
    agentexecution_pb2,
    agentinstance_pb2,
    environment_pb2,
    executioncontext_pb2,
    mcpserver_pb2,
    session_pb2,
    skill_pb2,
    workflow_pb2,
    workflowexecution_pb2,
    workflowinstance_pb2,
)

M = TypeVar("M", bound=Message)


def _nothing(message: Any) -> str:
    return ""


@dataclass(frozen=True, kw_only=True)
class Kind(Generic[M]):
    """One kind of resource."""

    number: int
    prefix: str
    message: type[M]
    parent: Callable[[M], str] = _nothing  # the id of what it belongs to

    @property
    def title(self) -> str:
        return self.message.DESCRIPTOR.name


AGENT = Kind(number=40, prefix="agt", message=agent_pb2.Agent)
AGENT_EXECUTION = Kind(
    number=41, prefix="aex", message=agentexecution_pb2.AgentExecution, parent=lambda m: m.spec.session_id
)
SESSION = Kind(
    number=42, prefix="ses", message=session_pb2.Session, parent=lambda m: m.spec.agent_instance_id
)
SKILL = Kind(number=43, prefix="skl", message=skill_pb2.Skill)
MCP_SERVER = Kind(number=44, prefix="mcp", message=mcpserver_pb2.McpServer)
AGENT_INSTANCE = Kind(
    number=45, prefix="ain", message=agentinstance_pb2.AgentInstance, parent=lambda m: m.spec.agent_id
)
WORKFLOW = Kind(number=50, prefix="wfl", message=workflow_pb2.Workflow)
WORKFLOW_INSTANCE = Kind(
    number=51,
    prefix="win",
    message=workflowinstance_pb2.WorkflowInstance,
    parent=lambda m: m.spec.workflow_id,
)
WORKFLOW_EXECUTION = Kind(
    number=52,
    prefix="wex",
    message=workflowexecution_pb2.WorkflowExecution,
    parent=lambda m: m.spec.workflow_instance_id,
)
ENVIRONMENT = Kind(number=53, prefix="env", message=environment_pb2.Environment)
EXECUTION_CONTEXT = Kind(
    number=54,
    prefix="exec",
    message=executioncontext_pb2.ExecutionContext,
    parent=lambda m: m.spec.execution_id,
)
KINDS: dict[int, Kind[Any]] = {
    kind.number: kind
    for kind in (
        AGENT,
        AGENT_EXECUTION,
        SESSION,
        SKILL,
        MCP_SERVER,
        AGENT_INSTANCE,
        WORKFLOW,
        WORKFLOW_INSTANCE,
        WORKFLOW_EXECUTION,
        ENVIRONMENT,
        EXECUTION_CONTEXT,
    )
}
