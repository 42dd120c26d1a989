"""The rules say what the original's own validator said."""

from __future__ import annotations

import re
from typing import Any

import pytest

from stigmer_api import (
    agent_pb2,
    agentexecution_pb2,
    agentinstance_pb2,
    apiresource_pb2,
    mcpserver_pb2,
    tasks_pb2,
)
from stigmer_api.validation import violations
from tests.support.contract import EXCEPTION, VECTORS, parsed


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["label"] for vector in VECTORS])
def test_vector(vector: dict[str, Any]) -> None:
    expected = [] if vector["label"] == EXCEPTION else vector["violations"]
    found = [[re.sub(r"\[[^]]*\]", "", v.field), v.rule_id] for v in violations(parsed(vector))]
    assert found == expected
    assert bool(found) != vector["valid"] or vector["label"] == EXCEPTION


@pytest.mark.parametrize(("kind", "good"), [(0, True), (52, True), (53, True), (40, False)])
def test_environment_references_of_old_and_new_numbering(kind: int, good: bool) -> None:
    instance = agentinstance_pb2.AgentInstance(
        api_version="agentic.stigmer.ai/v1",
        kind="AgentInstance",
        metadata=apiresource_pb2.ApiResourceMetadata(name="i"),
        spec=agentinstance_pb2.AgentInstanceSpec(
            agent_id="agt-1", environment_refs=[apiresource_pb2.ApiResourceReference(slug="e", kind=kind)]
        ),
    )
    assert [v.rule_id for v in violations(instance)] == ([] if good else ["environment_refs.kind"])


def test_a_path_names_the_item() -> None:
    message = agentexecution_pb2.AgentExecutionSpec(message="hi")
    message.runtime_env["EMPTY"].is_secret = True
    (found,) = violations(message)
    assert str(found) == 'runtime_env["EMPTY"].value: must have at least 1 characters, has 0 [string.min_len]'


def test_a_pattern_holds_to_the_very_end() -> None:
    reference = apiresource_pb2.ApiResourceReference(slug="a", version="latest\n")
    assert [v.rule_id for v in violations(reference)] == ["string.pattern"]


def test_not_a_number_is_out_of_range() -> None:
    config = tasks_pb2.AgentExecutionConfig(timeout=1, temperature=float("nan"))
    assert [v.rule_id for v in violations(config)] == ["float.gte_lte"]


@pytest.mark.parametrize(
    ("url", "good"),
    [("http://x/y", True), ("x/y", False), ("", False), ("http://a b", False), ("http://[", False)],
)
def test_uri(url: str, good: bool) -> None:
    config = mcpserver_pb2.HttpServerConfig(url=url)
    assert (not violations(config)) == good


def test_messages_without_rules_are_valid() -> None:
    assert violations(agent_pb2.AgentStatus(default_instance_id="x")) == []
