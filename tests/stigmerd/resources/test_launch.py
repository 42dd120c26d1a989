"""What a workflow asks for is stored once, and started by nobody but the engine."""

from __future__ import annotations

from typing import Any

import pytest

from stigmer_api.executioncontext_pb2 import ExecutionContext
from stigmer_api.facts import PHASE_PENDING
from stigmerd.executions.log import Executions
from stigmerd.executions.records import Ended
from stigmerd.resources.agents import AgentCollection
from stigmerd.resources.contexts import ContextCollection
from stigmerd.resources.launch import ExecutionLauncher
from stigmerd.resources.repository import Repository
from stigmerd.resources.rpc_error import RpcError
from stigmerd.resources.starter import Starter
from stigmerd.resources.workflow_plans import workflow_plan
from stigmerd.resources.workflows import WorkflowCollection
from stigmerd.store.store import Store
from stigmerd.store.vault import Vault
from tests.support.api import PLATFORM, V1, agent, workflow, workflow_execution


class Bench:
    """Resources and executions on a store, and one execution that asks for others."""

    def __init__(self, most_open: int = 100) -> None:
        self.store, vault = Store.open(None), Vault.open(None)
        self.executions = Executions(self.store, vault)
        self.repository = Repository(self.store, vault)
        self.agents, self.workflows = AgentCollection(self.repository), WorkflowCollection(self.repository)
        self.starter = Starter(self.repository, self.executions, most_open)
        self.launcher = ExecutionLauncher(self.repository, self.executions, self.starter)
        made = self.workflows.add(workflow("Parent"))
        plan = workflow_plan(workflow_execution(made.metadata.id), self.repository)
        self.parent = self.starter.store(plan).metadata.id


@pytest.fixture
def bench() -> Bench:
    return Bench()


def child_workflow(bench: Bench, key: str) -> str:
    return bench.launcher.workflow(slug="child", org="local", input={"n": 1}, parent=bench.parent, key=key)


def test_asked_again_it_gives_the_same_execution(bench: Bench) -> None:
    bench.workflows.add(workflow("Child"))
    first = child_workflow(bench, "call")
    assert child_workflow(bench, "call") == first
    other = child_workflow(bench, "loop[1]/call")
    assert set(bench.executions.unfinished()) == {bench.parent, first, other}
    child = bench.executions.get(first)
    assert child.status.phase == PHASE_PENDING
    assert child.metadata.annotations["devloop.stigmer.ai/parent"] == f"{bench.parent}/call"


def helper(bench: Bench, key: str, **more: Any) -> str:
    standard: dict[str, Any] = {
        "slug": "helper",
        "org": "local",
        "message": "go",
        "env": {},
        "secret_env": frozenset(),
        "model": "",
        "scope": "",
        "temperature": None,
        "timeout_seconds": None,
    }
    return bench.launcher.agent(**{**standard, **more}, parent=bench.parent, key=key)


def test_an_agent_gets_its_variables_and_its_model(bench: Bench) -> None:
    bench.agents.add(agent("Helper"))
    launched = helper(
        bench,
        "ask",
        env={"A": "plain", "B": "hidden-value"},
        secret_env=frozenset({"B"}),
        model="small",
        temperature=0.25,
        timeout_seconds=90,
    )
    annotations = bench.executions.get(launched).metadata.annotations
    assert annotations["devloop.stigmer.ai/temperature"] == "0.25"
    assert annotations["devloop.stigmer.ai/timeout-seconds"] == "90"
    spec = bench.executions.spec(launched).spec
    assert spec.execution_config.model_name == "small"  # type: ignore[union-attr]
    assert {name: (entry.value, entry.is_secret) for name, entry in spec.runtime_env.items()} == {
        "A": ("plain", False),
        "B": ("hidden-value", True),
    }
    shown = bench.executions.get(launched).spec
    assert shown.runtime_env["B"].value == "***"


def test_what_a_platform_has_is_found_after_the_own(bench: Bench) -> None:
    theirs = bench.workflows.add(workflow("Child", org="platform"))
    launched = child_workflow(bench, "first")
    assert bench.executions.get(launched).spec.workflow_id == theirs.metadata.id  # type: ignore[union-attr]
    ours = bench.workflows.add(workflow("Child"))
    launched = child_workflow(bench, "second")
    assert bench.executions.get(launched).spec.workflow_id == ours.metadata.id  # type: ignore[union-attr]


def test_the_scope_says_whose_agent_is_meant(bench: Bench) -> None:
    ours = bench.agents.add(agent("Helper"))
    with pytest.raises(RpcError, match='no agent of the platform with the slug "helper"'):
        helper(bench, "a", scope="platform")
    theirs = bench.agents.add(agent("Helper", org="everybody", owner_scope=PLATFORM))
    launched = {
        scope: bench.executions.get(helper(bench, f"b{scope}", scope=scope)).spec.agent_id  # type: ignore[union-attr]
        for scope in ("platform", "organization", "")
    }
    assert launched == {
        "platform": theirs.metadata.id,
        "organization": ours.metadata.id,
        "": ours.metadata.id,
    }
    with pytest.raises(RpcError, match="no agent in the organization elsewhere"):
        helper(bench, "c", scope="organization", org="elsewhere")


def test_nobody_of_that_name(bench: Bench) -> None:
    with pytest.raises(RpcError, match='no workflow with the slug "child"'):
        child_workflow(bench, "call")
    assert bench.executions.unfinished() == [bench.parent]


def test_what_cannot_be_noted_in_the_parent_is_not_stored(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.workflows.add(workflow("Child"))
    journal = bench.executions.journal(bench.parent)
    monkeypatch.setattr(journal, "put", None)
    with pytest.raises(TypeError):
        child_workflow(bench, "call")
    assert bench.executions.unfinished() == [bench.parent]
    assert bench.executions.live.count == 1


def test_too_many_at_once_are_refused() -> None:
    bench = Bench(most_open=2)
    bench.workflows.add(workflow("Child"))
    child = child_workflow(bench, "call")
    with pytest.raises(RpcError, match="2 executions are running already"):
        child_workflow(bench, "again")
    assert child_workflow(bench, "call") == child, "what runs already is found again"
    bench.executions.record(child, OVER)
    assert child_workflow(bench, "again")


def test_variables_go_with_the_end_of_their_execution(bench: Bench) -> None:
    bench.workflows.add(workflow("Child"))
    running = child_workflow(bench, "call")
    assert {row.parent for row in bench.store.page([54]).rows} == {bench.parent, running}
    bench.executions.record(bench.parent, OVER)
    assert {row.parent for row in bench.store.page([54]).rows} == {running}


def test_contexts_of_what_has_ended_are_swept_away(bench: Bench) -> None:
    bench.workflows.add(workflow("Child"))
    running = child_workflow(bench, "call")
    contexts = ContextCollection(bench.repository)
    bench.executions.record(bench.parent, OVER)
    contexts.add(context_for(bench.parent))
    assert {row.parent for row in bench.store.page([54]).rows} == {bench.parent, running}
    contexts.sweep()
    assert {row.parent for row in bench.store.page([54]).rows} == {running}


OVER = Ended(phase="COMPLETED", output=None, error="", at="2026-01-01T00:00:00Z")


def context_for(execution_id: str) -> ExecutionContext:
    return ExecutionContext(
        api_version=V1,
        kind="ExecutionContext",
        metadata={"name": "too late"},
        spec={"execution_id": execution_id},
    )
