"""A workflow's calls start each execution once."""

from __future__ import annotations

from typing import Any

import pytest

from stigmerd.executions.log import Executions
from stigmerd.executions.records import Ended
from stigmerd.resources.rpc_error import RpcError
from stigmerd.services.registry import Services
from stigmerd.store.json import Json
from stigmerd.store.store import Store
from stigmerd.store.vault import Vault
from tests.stigmerd.services.api import PLATFORM, agent, task, workflow, workflow_execution


class StillEngine:
    """Starts nothing; notes what it was to start."""

    def __init__(self) -> None:
        self.started: list[str] = []
        self.live = 0
        self.warmed = 0

    def warm(self) -> None:
        self.warmed += 1

    def start(self, execution_id: str, *, watched: bool = False) -> None:
        self.started.append(execution_id)

    async def cancel(self, execution_id: str, reason: str, wait_seconds: float) -> bool:
        return True

    def signal(self, execution_id: str, signal_id: str, payload: Json) -> bool:
        return False


class Bench:
    """Services without a server."""

    def __init__(self) -> None:
        self.engine = StillEngine()
        store, vault = Store.open(None), Vault.open(None)
        self.executions = Executions(store, vault)
        self.services = Services(
            store, vault, self.executions, lambda: self.engine, lambda execution_id: None
        )
        by_name = {type(target).__name__: target for _, target in self.services.resources}
        self.agents, self.workflows = by_name["Agents"], by_name["Workflows"]
        made = self.workflows.add(workflow("Parent"))
        self.begin = by_name["WorkflowExecutions"].begin
        self.parent = self.begin(workflow_execution(made.metadata.id)).metadata.id
        self.launcher = self.services.launcher


@pytest.fixture
def bench() -> Bench:
    return Bench()


async def child_workflow(bench: Bench, key: str) -> str:
    return await bench.launcher.workflow(
        slug="child", org="local", input={"n": 1}, parent=bench.parent, key=key
    )


async def test_asked_again_it_gives_the_same_execution(bench: Bench) -> None:
    bench.workflows.add(workflow("Child"))
    first = await child_workflow(bench, "call")
    assert await child_workflow(bench, "call") == first
    other = await child_workflow(bench, "loop[1]/call")
    assert bench.engine.started == [bench.parent, first, other]
    child = bench.executions.get(first)
    assert child.metadata.annotations["devloop.stigmer.ai/parent"] == f"{bench.parent}/call"


async def helper(bench: Bench, key: str, **more: Any) -> str:
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
    return await bench.launcher.agent(**{**standard, **more}, parent=bench.parent, key=key)


async def test_an_agent_gets_its_variables_and_its_model(bench: Bench) -> None:
    bench.agents.add(agent("Helper"))
    launched = await helper(
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


async def test_what_a_platform_has_is_found_after_the_own(bench: Bench) -> None:
    theirs = bench.workflows.add(workflow("Child", org="platform"))
    launched = await child_workflow(bench, "first")
    assert bench.executions.get(launched).spec.workflow_id == theirs.metadata.id  # type: ignore[union-attr]
    ours = bench.workflows.add(workflow("Child"))
    launched = await child_workflow(bench, "second")
    assert bench.executions.get(launched).spec.workflow_id == ours.metadata.id  # type: ignore[union-attr]


async def test_the_scope_says_whose_agent_is_meant(bench: Bench) -> None:
    ours = bench.agents.add(agent("Helper"))
    with pytest.raises(RpcError, match='no agent of the platform with the slug "helper"'):
        await helper(bench, "a", scope="platform")
    theirs = bench.agents.add(agent("Helper", org="everybody", owner_scope=PLATFORM))
    launched = {
        scope: bench.executions.get(await helper(bench, f"b{scope}", scope=scope)).spec.agent_id  # type: ignore[union-attr]
        for scope in ("platform", "organization", "")
    }
    assert launched == {
        "platform": theirs.metadata.id,
        "organization": ours.metadata.id,
        "": ours.metadata.id,
    }
    with pytest.raises(RpcError, match="no agent in the organization elsewhere"):
        await helper(bench, "c", scope="organization", org="elsewhere")


async def test_nobody_of_that_name(bench: Bench) -> None:
    with pytest.raises(RpcError, match='no workflow with the slug "child"'):
        await child_workflow(bench, "call")
    assert bench.engine.started == [bench.parent]


async def test_agents_are_warmed_when_one_is_likely_to_be_asked(bench: Bench) -> None:
    bench.workflows.add(workflow("Child"))
    await child_workflow(bench, "a")
    assert bench.engine.warmed == 0
    config = {"agent": "helper", "message": "hi"}
    ask = task("ask", 13, config)
    inner = {"name": "x", "kind": "WORKFLOW_TASK_KIND_AGENT_CALL", "task_config": config}
    for number, asking in enumerate((ask, task("loop", 6, {"each": "n", "in": "2", "do": [inner]}))):
        made = bench.workflows.add(workflow(f"Asking {number}", asking))
        bench.begin(workflow_execution(made.metadata.id))
        assert bench.engine.warmed == number + 1
    bench.agents.add(agent("Helper"))
    assert bench.engine.warmed == 3


async def test_too_many_at_once_are_refused(bench: Bench) -> None:
    bench.workflows.add(workflow("Child"))
    bench.engine.live = 10_000
    with pytest.raises(RpcError, match="10000 executions are running already"):
        await child_workflow(bench, "call")
    bench.engine.live = 0
    assert await child_workflow(bench, "call")


async def test_contexts_that_a_crash_left_behind_are_swept_away(bench: Bench) -> None:
    bench.workflows.add(workflow("Child"))
    running = await child_workflow(bench, "call")
    bench.executions.record(
        bench.parent, Ended(phase="COMPLETED", output=None, error="", at="2026-01-01T00:00:00Z")
    )
    contexts = bench.services.contexts
    assert {row.parent for row in contexts.repository.store.page([54]).rows} == {bench.parent, running}
    contexts.sweep()
    assert {row.parent for row in contexts.repository.store.page([54]).rows} == {running}
