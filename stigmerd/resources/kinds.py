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
from stigmer_api.facts import ID_PREFIXES, ResourceKind

M = TypeVar("M", bound=Message)


def _nothing(message: Any) -> str:
    return ""


@dataclass(frozen=True, kw_only=True)
class Kind(Generic[M]):
    """One kind of resource."""

    number: ResourceKind
    message: type[M]
    parent: Callable[[M], str] = _nothing  # the id of what it belongs to

    @property
    def prefix(self) -> str:
        """Of its ids."""
        return ID_PREFIXES[self.number]

    @property
    def title(self) -> str:
        return self.message.DESCRIPTOR.name


AGENT = Kind(number=ResourceKind.AGENT, message=agent_pb2.Agent)
AGENT_EXECUTION = Kind(
    number=ResourceKind.AGENT_EXECUTION,
    message=agentexecution_pb2.AgentExecution,
    parent=lambda m: m.spec.session_id,
)
SESSION = Kind(
    number=ResourceKind.SESSION, message=session_pb2.Session, parent=lambda m: m.spec.agent_instance_id
)
SKILL = Kind(number=ResourceKind.SKILL, message=skill_pb2.Skill)
MCP_SERVER = Kind(number=ResourceKind.MCP_SERVER, message=mcpserver_pb2.McpServer)
AGENT_INSTANCE = Kind(
    number=ResourceKind.AGENT_INSTANCE,
    message=agentinstance_pb2.AgentInstance,
    parent=lambda m: m.spec.agent_id,
)
WORKFLOW = Kind(number=ResourceKind.WORKFLOW, message=workflow_pb2.Workflow)
WORKFLOW_INSTANCE = Kind(
    number=ResourceKind.WORKFLOW_INSTANCE,
    message=workflowinstance_pb2.WorkflowInstance,
    parent=lambda m: m.spec.workflow_id,
)
WORKFLOW_EXECUTION = Kind(
    number=ResourceKind.WORKFLOW_EXECUTION,
    message=workflowexecution_pb2.WorkflowExecution,
    parent=lambda m: m.spec.workflow_instance_id,
)
ENVIRONMENT = Kind(number=ResourceKind.ENVIRONMENT, message=environment_pb2.Environment)
EXECUTION_CONTEXT = Kind(
    number=ResourceKind.EXECUTION_CONTEXT,
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
