"""Which services and messages belong to agents, and which to workflows?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from runcmd.events import TargetKind
from stigmer_api.facts import ResourceKind

if TYPE_CHECKING:
    from google.protobuf.message import Message

    from stigmer_api.agentexecution_pb2 import AgentExecution
    from stigmer_api.workflowexecution_pb2 import WorkflowExecution

Execution: TypeAlias = "AgentExecution | WorkflowExecution"

AGENTIC = "/ai.stigmer.agentic"
KIND_NUMBERS: dict[TargetKind, int] = {
    TargetKind.AGENT: ResourceKind.AGENT,
    TargetKind.WORKFLOW: ResourceKind.WORKFLOW,
}


def resource_service(kind: TargetKind) -> str:
    return f"{AGENTIC}.{kind.value}.v1.{kind.title}"


def execution_service(kind: TargetKind) -> str:
    return f"{AGENTIC}.{kind.value}execution.v1.{kind.title}Execution"


def id_message(kind: TargetKind, resource_id: str) -> Message:
    if kind is TargetKind.AGENT:
        from stigmer_api.agent_pb2 import AgentId

        return AgentId(value=resource_id)
    from stigmer_api.workflow_pb2 import WorkflowId

    return WorkflowId(value=resource_id)


def execution_messages(kind: TargetKind) -> tuple[Any, Any]:
    if kind is TargetKind.AGENT:
        from stigmer_api import agentexecution_pb2 as agent

        return agent.AgentExecutionId, agent.AgentExecution
    from stigmer_api import workflowexecution_pb2 as workflow

    return workflow.WorkflowExecutionId, workflow.WorkflowExecution


def list_messages(kind: TargetKind) -> tuple[Any, Any]:
    if kind is TargetKind.AGENT:
        from stigmer_api import agentexecution_pb2 as agent

        return agent.ListAgentExecutionsRequest, agent.AgentExecutionList
    from stigmer_api import workflowexecution_pb2 as workflow

    return workflow.ListWorkflowExecutionsRequest, workflow.WorkflowExecutionList


def subscribe_messages(kind: TargetKind, execution_id: str) -> tuple[Message, Any]:
    identity, reply = execution_messages(kind)
    if kind is TargetKind.AGENT:
        return identity(value=execution_id), reply
    from stigmer_api.workflowexecution_pb2 import SubscribeWorkflowExecutionRequest

    return SubscribeWorkflowExecutionRequest(execution_id=execution_id), reply
