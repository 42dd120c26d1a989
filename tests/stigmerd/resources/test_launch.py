"""What a workflow asks for is stored once, and started by nobody but the engine."""

from __future__ import annotations

from typing import Any

import pytest

from stigmer_api.facts import PHASE_PENDING
from stigmerd.executions.records import Ended
from stigmerd.resources.rpc_error import RpcError
from tests.stigmerd.resources.bench import Bench
from tests.support.api import PLATFORM, agent, workflow


def test_asked_again_it_gives_the_same_execution(bench: Bench) -> None:
    bench.workflows.add(workflow("Child"))
    first = bench.child("call")
    assert bench.child("call") == first
    other = bench.child("loop[1]/call")
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
    assert helper(bench, "ask") == launched
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
    launched = bench.child("first")
    assert bench.executions.get(launched).spec.workflow_id == theirs.metadata.id  # type: ignore[union-attr]
    ours = bench.workflows.add(workflow("Child"))
    launched = bench.child("second")
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
        bench.child("call")
    assert bench.executions.unfinished() == [bench.parent]


def test_what_cannot_be_noted_in_the_parent_is_not_stored(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.workflows.add(workflow("Child"))
    journal = bench.executions.journal(bench.parent)
    monkeypatch.setattr(journal, "put", None)
    with pytest.raises(TypeError):
        bench.child("call")
    assert bench.executions.unfinished() == [bench.parent]
    assert bench.executions.live.count == 1


def test_too_many_at_once_are_refused() -> None:
    bench = Bench(most_open=2)
    bench.workflows.add(workflow("Child"))
    child = bench.child("call")
    with pytest.raises(RpcError, match="2 executions are running already"):
        bench.child("again")
    assert bench.child("call") == child, "what runs already is found again"
    bench.executions.record(child, OVER)
    assert bench.child("again")


OVER = Ended(phase="COMPLETED", output=None, error="", at="2026-01-01T00:00:00Z")
