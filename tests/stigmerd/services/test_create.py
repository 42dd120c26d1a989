"""Who creates a workflow execution is about to watch it; an agent says soon enough that it works."""

from __future__ import annotations

from typing import Any

from stigmerd.executions.client_env import ClientEnv
from stigmerd.executions.log import Executions
from stigmerd.resources.agents import AgentCollection
from stigmerd.resources.plans import ExecutionPlan
from stigmerd.resources.repository import Repository
from stigmerd.resources.workflows import WorkflowCollection
from stigmerd.services.agent_executions import AgentExecutions
from stigmerd.services.workflow_executions import WorkflowExecutions
from stigmerd.store.store import Store
from stigmerd.store.vault import Vault
from tests.support.api import agent, agent_execution, workflow, workflow_execution


class NotingEngine:
    def __init__(self) -> None:
        self.watched: list[bool] = []

    async def execute(self, plan: ExecutionPlan[Any], client_env: ClientEnv, *, watched: bool = False) -> Any:
        self.watched.append(watched)
        return plan.execution


class Elsewhere:
    """The context of a call that came by a port."""

    def peer(self) -> str:
        return "ipv4:127.0.0.1:1"


async def test_it_is_said_who_is_going_to_watch() -> None:
    store, vault = Store.open(None), Vault.open(None)
    repository, executions, engine = Repository(store, vault), Executions(store, vault), NotingEngine()
    flow = WorkflowCollection(repository).add(workflow())
    helper = AgentCollection(repository).add(agent())
    workflows = WorkflowExecutions(repository, executions, engine)  # type: ignore[arg-type]
    agents = AgentExecutions(repository, executions, engine)  # type: ignore[arg-type]
    await workflows.create(workflow_execution(flow.metadata.id), Elsewhere())  # type: ignore[arg-type]
    await agents.create(agent_execution(helper.metadata.id), Elsewhere())  # type: ignore[arg-type]
    assert engine.watched == [True, False]
