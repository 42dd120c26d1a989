"""Resources and executions on a store in memory, without an engine."""

from __future__ import annotations

import pytest

from stigmerd.executions.log import Executions
from stigmerd.resources.agents import AgentCollection
from stigmerd.resources.launch import ExecutionLauncher
from stigmerd.resources.repository import Repository
from stigmerd.resources.starter import Starter
from stigmerd.resources.workflow_plans import workflow_plan
from stigmerd.resources.workflows import WorkflowCollection
from stigmerd.store.store import Store
from stigmerd.store.vault import Vault
from tests.support.api import workflow, workflow_execution


class Bench:
    """Resources and executions on a store, and one execution that asks for others."""

    def __init__(self, most_open: int = 100) -> None:
        self.store, self.vault = Store.open(None), Vault.open(None)
        self.executions = Executions(self.store, self.vault)
        self.repository = Repository(self.store, self.vault)
        self.agents, self.workflows = AgentCollection(self.repository), WorkflowCollection(self.repository)
        self.starter = Starter(self.repository, self.executions, most_open)
        self.launcher = ExecutionLauncher(self.repository, self.executions, self.starter)
        made = self.workflows.add(workflow("Parent"))
        plan = workflow_plan(workflow_execution(made.metadata.id), self.repository)
        self.parent = self.starter.store(plan).metadata.id

    def child(self, key: str) -> str:
        return self.launcher.workflow(slug="child", org="local", input={"n": 1}, parent=self.parent, key=key)


@pytest.fixture
def bench() -> Bench:
    return Bench()
