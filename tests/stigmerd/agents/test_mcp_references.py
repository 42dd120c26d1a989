"""MCP servers that are stored, and that an agent has by reference."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import pytest

from stigmer_api.agent_pb2 import Agent, McpServerDefinition
from stigmer_api.apiresource_pb2 import ApiResourceReference
from stigmer_api.mcpserver_pb2 import McpServer
from stigmerd.agents.mcp.options import OptionProblem
from stigmerd.agents.mcp.references import in_place, reference_of
from tests.stigmerd.agents.stage import Stage, scripted
from tests.stigmerd.agents.talking import called, results
from tests.support.paths import MCP_SERVER

TOKEN = "tok-abcdefghijkl"


def stored(**values: str) -> McpServer:
    server = McpServer(kind="McpServer")
    server.spec.stdio.command = sys.executable
    server.spec.stdio.args.append(str(MCP_SERVER))
    server.spec.default_enabled_tools.extend(["echo", "env"])
    for name, value in values.items():
        server.spec.env_spec.data[name].value = value
        server.spec.env_spec.data[name].is_secret = name == "TOKEN"
    return server


def with_reference(script: str) -> Agent:
    agent = scripted(script)
    agent.spec.mcp_servers.add(name="jira")
    return agent


async def test_a_stored_server_runs_in_its_own_environment(stage: Stage) -> None:
    stage.shelf.servers["jira"] = stored(URL="https://jira.example", TOKEN=TOKEN)
    agent = with_reference(called("env", name="URL") + called("env", name="TOKEN") + "- say: done")
    execution = await stage.run(agent)
    assert results(execution) == ["https://jira.example", "***"]
    own = await stage.run(agent, env={"URL": "http://here"})
    assert results(own)[0] == "http://here"


async def test_only_its_own_choice_of_tools_is_offered_unless_the_agent_chooses(stage: Stage) -> None:
    stage.shelf.servers["jira"] = stored()
    agent = with_reference(called("add", a=1, b=2) + "- say: done")
    execution = await stage.run(agent)
    assert "Available tools: 'echo', 'env'" in execution.status.tool_calls[0].error
    agent.spec.mcp_servers[0].enabled_tools.append("add")
    assert results(await stage.run(agent)) == ["3"]


async def test_a_variable_without_a_value_and_a_server_that_is_not_there(stage: Stage) -> None:
    stage.shelf.servers["jira"] = stored(TOKEN="")
    agent = with_reference("- say: done")
    assert 'the MCP server "jira" needs ${TOKEN}' in (await stage.run(agent)).status.error
    agent.spec.mcp_servers[0].name = "jria"
    assert 'no MCP server "jria"' in (await stage.run(agent)).status.error


@pytest.mark.parametrize(
    ("said", "reference"),
    [
        ({}, ApiResourceReference(slug="jira")),
        ({"reference": {"slug": "j", "org": "acme"}}, ApiResourceReference(slug="j", org="acme")),
        ({"reference": {"platform": True}}, ApiResourceReference(slug="jira", scope="platform")),
    ],
)
def test_what_is_referred_to(said: Mapping[str, Any], reference: ApiResourceReference) -> None:
    assert reference_of(McpServerDefinition(name="jira"), said) == reference


@pytest.mark.parametrize("said", ["jira", {"slug": 7}, {"platform": "yes"}])
def test_references_that_are_none(said: Any) -> None:
    with pytest.raises(OptionProblem, match="slug"):
        reference_of(McpServerDefinition(name="jira"), {"reference": said})


def test_a_server_that_is_declared_needs_no_reference() -> None:
    declared = McpServerDefinition(name="jira")
    declared.stdio.command = "x"
    assert reference_of(declared, {}) is None
    with pytest.raises(OptionProblem, match="left out"):
        reference_of(declared, {"reference": {"slug": "jira"}})


def test_all_fields_of_the_other_types() -> None:
    server = McpServer()
    server.spec.http.url = "https://x/mcp"
    server.spec.http.headers["A"] = "${B}"
    server.spec.http.query_params["q"] = "1"
    server.spec.http.timeout_seconds = 9
    http = in_place(McpServerDefinition(name="jira", enabled_tools=["a"]), server)
    assert (
        http.http.url,
        dict(http.http.headers),
        dict(http.http.query_params),
        http.http.timeout_seconds,
    ) == (
        "https://x/mcp",
        {"A": "${B}"},
        {"q": "1"},
        9,
    )
    assert list(http.enabled_tools) == ["a"]
    server.spec.docker.image = "acme/jira"
    server.spec.docker.args.append("--all")
    server.spec.docker.network = "none"
    server.spec.docker.container_name = "j"
    server.spec.docker.volumes.add(host_path="/a", container_path="/b", read_only=True)
    server.spec.docker.ports.add(host_port=1, container_port=2, protocol="udp")
    server.spec.env_spec.data["K"].value = "v"
    docker = in_place(McpServerDefinition(name="jira"), server).docker
    assert (docker.image, list(docker.args), docker.network, docker.container_name) == (
        "acme/jira",
        ["--all"],
        "none",
        "j",
    )
    assert dict(docker.env_placeholders) == {"K": "${K}"}
    assert (docker.volumes[0].host_path, docker.volumes[0].container_path) == ("/a", "/b")
    assert docker.volumes[0].read_only
    assert (docker.ports[0].host_port, docker.ports[0].container_port) == (1, 2)
    assert docker.ports[0].protocol == "udp"
