"""What a run is given, on a server without anything of ours: as far as its contract carries it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.command import Done
from tests.support.original.server import OriginalServer, original_server
from tests.support.world import World

PROGRAM = """
from stigmer import Agent, Workflow

Agent("helper", "Answer every question in one sentence.")
fetch = Workflow("fetch")
fetch.http_get("one", "http://localhost/a")
"""
V1 = "apiVersion: agentic.stigmer.ai/v1\n"
FILE = f"""{V1}kind: Session
metadata: {{name: talk}}
spec: {{agentInstanceId: in-production}}
---
{V1}kind: AgentInstance
metadata: {{name: In production}}
spec: {{agentId: helper, environmentRefs: [{{slug: production}}]}}
---
{V1}kind: WorkflowInstance
metadata: {{name: There}}
spec: {{workflowId: fetch, envRefs: [{{slug: production}}]}}
---
{V1}kind: Environment
metadata: {{name: production}}
spec: {{data: {{REGION: {{value: north}}}}}}
"""


@pytest.fixture
def server() -> Iterator[OriginalServer]:
    with original_server() as server:
        yield server


@pytest.fixture
def demo(shared: World, tmp_path: Path) -> Path:
    directory = shared.project(PROGRAM, name=tmp_path.name)
    (directory / "all.yaml").write_text(FILE)
    return directory


def run(shared: World, server: OriginalServer, demo: Path, *arguments: str) -> Done:
    return shared.run("run", *arguments, "--server", server.address, "--no-follow", cwd=demo)


def test_the_input_is_in_the_one_text_that_there_is(
    server: OriginalServer, shared: World, demo: Path
) -> None:
    done = run(shared, server, demo, "fetch", "--input", '{"order": {"id": 7}}', "-m", "now")
    assert done.code == 0, done.err
    [execution] = server.created
    assert json.loads(execution.spec.trigger_message) == {"order": {"id": 7}, "message": "now"}


def test_a_model_has_a_place_with_an_agent_only(server: OriginalServer, shared: World, demo: Path) -> None:
    done = run(shared, server, demo, "helper", "--model", "anthropic:claude-x")
    assert done.code == 0, done.err
    [execution] = server.created
    assert execution.spec.execution_config.model_name == "claude-x"
    for refused in (("fetch", "--model", "openai:gpt-x"), ("helper", "--model", "scripted")):
        done = run(shared, server, demo, *refused)
        assert done.code == 2
        assert "this server cannot be told which model" in done.err
    assert len(server.created) == 1


def test_it_cannot_limit_what_an_agent_uses(server: OriginalServer, shared: World, demo: Path) -> None:
    done = run(shared, server, demo, "helper", "--max-steps", "5")
    assert done.code == 2
    assert "this server cannot limit what an agent uses: --max-steps" in done.err
    assert not server.created


def test_manifests_and_instances(server: OriginalServer, shared: World, demo: Path) -> None:
    for word in ("Created", "Updated"):
        done = run(shared, server, demo, "talk", "-f", "all.yaml")
        assert done.code == 0, done.err
        assert f"Session talk: {word}" in done.out
        assert f"Environment production: {word}" in done.out
    [session] = server.resources.of("Session")
    [reference] = server.resources.of("AgentInstance")[-1].spec.environment_refs
    assert reference.kind == 52, "its own rule: the number of another kind"
    instances = {each.metadata.slug: each for each in server.resources.of("AgentInstance")}
    assert session.spec.agent_instance_id == instances["in-production"].metadata.id
    assert {each.spec.session_id for each in server.created} == {session.metadata.id}
    done = run(shared, server, demo, "in-production")
    assert done.code == 0, done.err
    [own] = [each for each in server.resources.of("Session") if each.metadata.id != session.metadata.id]
    assert own.spec.agent_instance_id == instances["in-production"].metadata.id
    assert {each.spec.session_id for each in server.created} == {session.metadata.id, own.metadata.id}
    done = run(shared, server, demo, "there")
    [instance] = [each for each in server.resources.of("WorkflowInstance") if each.metadata.slug == "there"]
    [execution] = [each for each in server.created if each.kind == "WorkflowExecution"]
    assert execution.spec.workflow_instance_id == instance.metadata.id


def test_what_it_does_not_store_is_said(server: OriginalServer, shared: World, demo: Path) -> None:
    (demo / "mcp.yaml").write_text(
        f"{V1}kind: McpServer\nmetadata: {{name: files}}\nspec: {{stdio: {{command: files}}}}\n"
    )
    done = run(shared, server, demo, "helper", "-f", "mcp.yaml")
    assert done.code == 4
    assert "this server does not store a McpServer: mcp.yaml:1" in done.err
