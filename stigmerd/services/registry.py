"""All services, wired to one store and one engine."""

from __future__ import annotations

from google.protobuf.descriptor import FileDescriptor

from stigmer_api import (
    agent_pb2,
    agentexecution_pb2,
    agentinstance_pb2,
    devloop_pb2,
    environment_pb2,
    executioncontext_pb2,
    history_pb2,
    mcpserver_pb2,
    questions_pb2,
    resumption_pb2,
    session_pb2,
    sessioncontrol_pb2,
    skill_pb2,
    workflow_pb2,
    workflowexecution_pb2,
    workflowinstance_pb2,
    workflowrunner_pb2,
)
from stigmerd.engine.interfaces import ExecutionEngine
from stigmerd.executions.log import Executions
from stigmerd.executions.pruning import Pruning
from stigmerd.resources.collection import ResourceCollection
from stigmerd.resources.kinds import ENVIRONMENT
from stigmerd.resources.mcp_servers import McpServerCollection
from stigmerd.resources.repository import Repository
from stigmerd.resources.workflows import WorkflowCollection
from stigmerd.services.agent_executions import AgentExecutions
from stigmerd.services.agents import AgentInstances, Agents
from stigmerd.services.catalogue import Catalogue
from stigmerd.services.contexts import ExecutionContexts
from stigmerd.services.control import Control
from stigmerd.services.history import HistoryService
from stigmerd.services.interfaces import ServerProcess
from stigmerd.services.process import ProcessControl
from stigmerd.services.questions import QuestionService
from stigmerd.services.resource_service import ResourceService
from stigmerd.services.resumption import ResumptionService
from stigmerd.services.rpc import Router
from stigmerd.services.runner import Runner
from stigmerd.services.session_control import SessionControl
from stigmerd.services.sessions import Sessions
from stigmerd.services.skills import Skills
from stigmerd.services.watching import ExecutionQuery
from stigmerd.services.workflow_executions import WorkflowExecutions
from stigmerd.services.workflow_instances import WorkflowInstances


class Services:
    """What the router serves."""

    def __init__(
        self, repository: Repository, executions: Executions, engine: ExecutionEngine, pruning: Pruning
    ) -> None:
        self._control = Control(executions, engine, pruning)
        self._query = ExecutionQuery(executions)
        self._catalogue = Catalogue(repository, executions)
        self._history = HistoryService(repository.store, executions)
        self._session_control = SessionControl(repository, executions)
        self._resources: tuple[tuple[FileDescriptor, object], ...] = (
            (agent_pb2.DESCRIPTOR, Agents(repository, engine)),
            (agentinstance_pb2.DESCRIPTOR, AgentInstances(repository)),
            (agentexecution_pb2.DESCRIPTOR, AgentExecutions(repository, executions, engine)),
            (session_pb2.DESCRIPTOR, Sessions(repository)),
            (skill_pb2.DESCRIPTOR, Skills(repository)),
            (mcpserver_pb2.DESCRIPTOR, ResourceService(McpServerCollection(repository))),
            (workflow_pb2.DESCRIPTOR, ResourceService(WorkflowCollection(repository))),
            (workflowinstance_pb2.DESCRIPTOR, WorkflowInstances(repository)),
            (workflowexecution_pb2.DESCRIPTOR, WorkflowExecutions(repository, executions, engine)),
            (environment_pb2.DESCRIPTOR, ResourceService(ResourceCollection(ENVIRONMENT, repository))),
            (executioncontext_pb2.DESCRIPTOR, ExecutionContexts(repository)),
            (workflowrunner_pb2.DESCRIPTOR, Runner(self._control, engine)),
            (resumption_pb2.DESCRIPTOR, ResumptionService(repository, executions, engine)),
            (questions_pb2.DESCRIPTOR, QuestionService(executions)),
        )

    def register(self, router: Router, process: ServerProcess) -> tuple[str, ...]:
        """The full names of the services."""
        own = devloop_pb2.DESCRIPTOR.services_by_name
        pairs = [
            (service, target)
            for file, target in self._resources
            for service in file.services_by_name.values()
        ]
        pairs += [
            (own["ExecutionControl"], self._control),
            (own["ExecutionQuery"], self._query),
            (own["Resources"], self._catalogue),
            (own["Daemon"], ProcessControl(process)),
            (history_pb2.DESCRIPTOR.services_by_name["HistoryQuery"], self._history),
            (sessioncontrol_pb2.DESCRIPTOR.services_by_name["SessionControl"], self._session_control),
        ]
        for service, target in pairs:
            router.add(service, target)
        return tuple(service.full_name for service, _ in pairs)
