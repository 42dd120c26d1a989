"""A client with all services, and the smallest good message of each kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any

import grpc
from google.protobuf.json_format import ParseDict

from stigmer_api import (
    agent_pb2_grpc,
    agentexecution_pb2_grpc,
    agentinstance_pb2_grpc,
    devloop_pb2_grpc,
    environment_pb2_grpc,
    executioncontext_pb2_grpc,
    mcpserver_pb2_grpc,
    questions_pb2_grpc,
    resumption_pb2_grpc,
    session_pb2_grpc,
    sessioncontrol_pb2_grpc,
    skill_pb2_grpc,
    workflow_pb2_grpc,
    workflowexecution_pb2_grpc,
    workflowinstance_pb2_grpc,
    workflowrunner_pb2_grpc,
)
from stigmer_api.agent_pb2 import Agent
from stigmer_api.agentexecution_pb2 import AgentExecution
from stigmer_api.apiresource_pb2 import ApiResourceId
from stigmer_api.environment_pb2 import Environment
from stigmer_api.mcpserver_pb2 import McpServer
from stigmer_api.workflow_pb2 import Workflow, WorkflowTask
from stigmer_api.workflowexecution_pb2 import WorkflowExecution
from tests.support.tasks import set_task

V1 = "agentic.stigmer.ai/v1"
ORGANIZATION, PLATFORM = 2, 1
FAMILIES: Mapping[str, tuple[ModuleType, str]] = {
    "agent": (agent_pb2_grpc, "Agent"),
    "agent_instance": (agentinstance_pb2_grpc, "AgentInstance"),
    "agent_execution": (agentexecution_pb2_grpc, "AgentExecution"),
    "session": (session_pb2_grpc, "Session"),
    "environment": (environment_pb2_grpc, "Environment"),
    "context": (executioncontext_pb2_grpc, "ExecutionContext"),
    "skill": (skill_pb2_grpc, "Skill"),
    "mcp_server": (mcpserver_pb2_grpc, "McpServer"),
    "workflow": (workflow_pb2_grpc, "Workflow"),
    "workflow_instance": (workflowinstance_pb2_grpc, "WorkflowInstance"),
    "workflow_execution": (workflowexecution_pb2_grpc, "WorkflowExecution"),
}


class Family:
    """Command and query methods of one kind together."""

    def __init__(self, stubs: Sequence[Any]) -> None:
        self._stubs = stubs

    def __getattr__(self, name: str) -> Any:
        return next(getattr(stub, name) for stub in self._stubs if hasattr(stub, name))


class Api:
    """`await api.agent.apply(…)`."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self.channel = channel
        self.control = devloop_pb2_grpc.ExecutionControlStub(channel)
        self.resources = devloop_pb2_grpc.ResourcesStub(channel)
        self.daemon = devloop_pb2_grpc.DaemonStub(channel)
        self.sessions = sessioncontrol_pb2_grpc.SessionControlStub(channel)
        self.questions = questions_pb2_grpc.QuestionsStub(channel)
        self.query = devloop_pb2_grpc.ExecutionQueryStub(channel)
        self.resumption = resumption_pb2_grpc.ExecutionResumptionStub(channel)
        self.runner = workflowrunner_pb2_grpc.WorkflowRunnerServiceControllerStub(channel)

    def __getattr__(self, name: str) -> Family:
        module, kind = FAMILIES[name]
        return Family(
            [getattr(module, f"{kind}{side}ControllerStub")(self.channel) for side in ("Command", "Query")]
        )

    async def follow(self, execution_id: str) -> Any:
        """The last snapshot of a workflow execution."""
        from stigmer_api.workflowexecution_pb2 import SubscribeWorkflowExecutionRequest

        request = SubscribeWorkflowExecutionRequest(execution_id=execution_id)
        return [snapshot async for snapshot in self.workflow_execution.subscribe(request)][-1]


def agent(name: str = "Reviewer", **metadata: Any) -> Agent:
    return Agent(
        api_version=V1,
        kind="Agent",
        metadata={"name": name, "owner_scope": ORGANIZATION, **metadata},
        spec={"instructions": "Review the code with care."},
    )


def environment(name: str = "Production", **metadata: Any) -> Environment:
    return Environment(
        api_version=V1,
        kind="Environment",
        metadata={"name": name, "owner_scope": ORGANIZATION, **metadata},
        spec={
            "data": {
                "REGION": {"value": "north"},
                "TOKEN": {"value": "s3cret-of-production", "is_secret": True},
            }
        },
    )


def mcp_server(name: str = "Files", **metadata: Any) -> McpServer:
    return McpServer(
        api_version=V1,
        kind="McpServer",
        metadata={"name": name, "owner_scope": ORGANIZATION, **metadata},
        spec={"stdio": {"command": "files"}},
    )


def workflow(name: str = "Greeting", *tasks: dict[str, Any], **metadata: Any) -> Workflow:
    return Workflow(
        api_version=V1,
        kind="Workflow",
        metadata={"name": name, "owner_scope": ORGANIZATION, **metadata},
        spec={
            "document": {"dsl": "1.0.0", "namespace": "tests", "name": "greeting", "version": "1"},
            "tasks": [ParseDict(each, WorkflowTask()) for each in tasks or [set_task()]],
        },
    )


def workflow_execution(workflow_id: str = "", **spec: Any) -> WorkflowExecution:
    return WorkflowExecution(
        api_version=V1,
        kind="WorkflowExecution",
        metadata={"name": "execution-1", "owner_scope": ORGANIZATION},
        spec={"workflow_id": workflow_id, **spec},
    )


def agent_execution(agent_id: str = "", **spec: Any) -> AgentExecution:
    return AgentExecution(
        api_version=V1,
        kind="AgentExecution",
        metadata={"name": "execution-1"},
        spec={"agent_id": agent_id, "message": "hello", **spec},
    )


def resource_id(value: str) -> ApiResourceId:
    return ApiResourceId(value=value)
