"""All services, wired to one store and one engine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from google.protobuf.descriptor import FileDescriptor

from stigmer_api import (
    agent_pb2,
    agentexecution_pb2,
    agentinstance_pb2,
    devloop_pb2,
    environment_pb2,
    executioncontext_pb2,
    mcpserver_pb2,
    session_pb2,
    skill_pb2,
    workflow_pb2,
    workflowexecution_pb2,
    workflowinstance_pb2,
    workflowrunner_pb2,
)
from stigmerd.executions.log import Executions
from stigmerd.executions.pruning import Pruning
from stigmerd.resources.launch import ExecutionLauncher
from stigmerd.resources.lookup import Lookup
from stigmerd.resources.repository import Repository
from stigmerd.resources.starter import Motor, Starter
from stigmerd.services.agent_executions import AgentExecutions
from stigmerd.services.agents import AgentInstances, Agents
from stigmerd.services.catalogue import Catalogue
from stigmerd.services.control import Control, Runner, Steering
from stigmerd.services.environments import Environments, ExecutionContexts
from stigmerd.services.mcpservers import McpServers
from stigmerd.services.process import Process, ProcessControl
from stigmerd.services.rpc import Router
from stigmerd.services.sessions import Sessions
from stigmerd.services.skills import Skills
from stigmerd.services.workflow_executions import WorkflowExecutions
from stigmerd.services.workflows import WorkflowInstances, Workflows
from stigmerd.store.store import Store
from stigmerd.store.vault import Vault


class Engine(Motor, Steering, Protocol):
    """All that services want of the engine."""


class Services:
    """`launcher` and `lookup` are what the engine and the agents want of the services."""

    def __init__(
        self,
        store: Store,
        vault: Vault,
        executions: Executions,
        engine: Callable[[], Engine],
        when_ended: Callable[[str], None],
        pruning: Pruning | None = None,
    ) -> None:
        repository = Repository(store, vault)
        steering = _Late(engine)
        self.contexts = ExecutionContexts(repository)
        starter = Starter(repository, executions, self.contexts, engine, when_ended)
        agent_instances = AgentInstances(repository)
        agents = Agents(repository, agent_instances, lambda: engine().warm())
        workflow_instances = WorkflowInstances(repository)
        workflows = Workflows(repository, workflow_instances)
        agent_executions = AgentExecutions(agents, executions, steering, starter)
        workflow_executions = WorkflowExecutions(workflows, executions, steering, starter)
        skills = Skills(repository)
        self._control = Control(executions, steering, Pruning(store) if pruning is None else pruning)
        self._catalogue = Catalogue(repository, executions)
        self.resources: tuple[tuple[FileDescriptor, object], ...] = (
            (agent_pb2.DESCRIPTOR, agents),
            (agentinstance_pb2.DESCRIPTOR, agent_instances),
            (agentexecution_pb2.DESCRIPTOR, agent_executions),
            (session_pb2.DESCRIPTOR, Sessions(repository)),
            (skill_pb2.DESCRIPTOR, skills),
            (mcpserver_pb2.DESCRIPTOR, McpServers(repository)),
            (workflow_pb2.DESCRIPTOR, workflows),
            (workflowinstance_pb2.DESCRIPTOR, workflow_instances),
            (workflowexecution_pb2.DESCRIPTOR, workflow_executions),
            (environment_pb2.DESCRIPTOR, Environments(repository)),
            (executioncontext_pb2.DESCRIPTOR, self.contexts),
            (workflowrunner_pb2.DESCRIPTOR, Runner(self._control)),
        )
        self.lookup = Lookup(repository, executions, skills)
        self.launcher = ExecutionLauncher(repository, executions, agent_executions, workflow_executions)

    def register(self, router: Router, process: Process) -> tuple[str, ...]:
        """The full names of the services."""
        own = devloop_pb2.DESCRIPTOR.services_by_name
        pairs = [
            (service, target) for file, target in self.resources for service in file.services_by_name.values()
        ]
        pairs += [
            (own["ExecutionControl"], self._control),
            (own["Resources"], self._catalogue),
            (own["Daemon"], ProcessControl(process)),
        ]
        for service, target in pairs:
            router.add(service, target)
        return tuple(service.full_name for service, _ in pairs)


class _Late:
    """The engine, which is made after the services because it needs the launcher."""

    def __init__(self, engine: Callable[[], Engine]) -> None:
        self._engine = engine

    async def cancel(self, execution_id: str, reason: str, wait_seconds: float) -> bool:
        return await self._engine().cancel(execution_id, reason, wait_seconds)

    def signal(self, execution_id: str, signal_id: str, payload: object) -> bool:
        return self._engine().signal(execution_id, signal_id, payload)
