"""Models and MCP servers at the other end of a real socket."""

from __future__ import annotations

import socket

import pytest
import yaml

from stigmerd.agents.models.ollama import probe_ollama
from tests.stigmerd.agents.http_servers import chat, mcp, refuse, serving
from tests.stigmerd.agents.stage import Stage, agent, scripted, texts, with_server

KEY = "sk-test-abcdefghijkl"


async def test_an_openai_compatible_server_with_a_tool_call(stage: Stage) -> None:
    with serving(chat) as (url, seen):
        execution = await stage.run(
            with_server(agent()),
            "What is 2 + 3?",
            env={
                "STIGMER_LLM_PROVIDER": "openai",
                "STIGMER_LLM_BASE_URL": f"{url}/v1",
                "STIGMER_LLM_MODEL": "tiny",
            },
            secrets={"STIGMER_LLM_API_KEY": KEY},
        )
    assert texts(execution) == ["What is 2 + 3?", "Let me see.", "It is 5"]
    assert execution.status.tool_calls[0].result == "5"
    usage = dict(execution.status.messages[2].metadata["usage"])
    assert usage.pop("seconds") >= 0
    assert usage == {
        "input_tokens": 11,
        "output_tokens": 7,
        "requests": 2,
        "total_tokens": 36,
        "tool_calls": 1,
        "cost_usd": 0,
    }
    assert seen[0]["path"] == "/v1/chat/completions"
    assert seen[0]["headers"]["authorization"] == f"Bearer {KEY}"
    assert (seen[0]["body"]["model"], seen[0]["body"]["stream"]) == ("tiny", True)
    assert seen[0]["body"]["messages"][0] == {"role": "system", "content": "You can add."}


async def test_the_temperature_that_a_workflow_wants(stage: Stage) -> None:
    with serving(chat) as (url, seen):
        env = {"STIGMER_LLM_BASE_URL": url, "STIGMER_LLM_MODEL": "tiny"}
        for annotations in ({"temperature": "0.25"}, {}):
            texts(await stage.run(agent(), env=env, annotations=annotations))
    assert [request["body"].get("temperature") for request in seen] == [0.25, None]


@pytest.mark.parametrize(("name", "text"), [("temperature", "hot"), ("timeout-seconds", "-1")])
async def test_settings_that_are_none(stage: Stage, name: str, text: str) -> None:
    execution = await stage.run(scripted("- say: x"), annotations={name: text})
    assert f"devloop.stigmer.ai/{name} must be a number from 0 to" in execution.status.error


async def test_ollama_from_the_configuration_file(stage: Stage) -> None:
    with serving(chat) as (url, seen):
        config = {"backend": {"local": {"llm": {"provider": "ollama", "model": "tiny:1b", "base_url": url}}}}
        stage.config_file.write_text(yaml.safe_dump(config))
        try:
            execution = await stage.run(agent())
        finally:
            stage.config_file.unlink()
        assert await probe_ollama(url) == ["tiny:1b"]
    assert texts(execution)[1] == "Hello."
    assert (seen[0]["path"], seen[0]["body"]["model"]) == ("/v1/chat/completions", "tiny:1b")


async def test_a_refused_key_is_told_without_the_key(stage: Stage) -> None:
    with serving(refuse) as (url, _):
        execution = await stage.run(
            agent(),
            env={"STIGMER_LLM_BASE_URL": url, "STIGMER_LLM_API_KEY": KEY, "STIGMER_LLM_MODEL": "tiny"},
        )
    assert "the provider does not accept the API key (HTTP 401 from " in execution.status.error
    assert "Incorrect API key provided: ***" in execution.status.error
    assert KEY not in str(execution.status)


async def test_a_server_that_is_not_there(stage: Stage) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        execution = await stage.run(agent(), env={"STIGMER_LLM_BASE_URL": url, "STIGMER_LLM_MODEL": "tiny"})
        assert await probe_ollama(url) is None
    assert "cannot reach the model tiny" in execution.status.error


async def test_an_mcp_server_over_http(stage: Stage) -> None:
    made = scripted("- call: {tool: add, args: {a: 2, b: 3}}\n- say: '{{ result }}'")
    with serving(mcp) as (url, seen):
        server = made.spec.mcp_servers.add(name="remote")
        server.http.url = f"{url}/mcp?v=1"
        server.http.headers["authorization"] = "Bearer ${TOKEN}"
        server.http.query_params["tenant"] = "${TENANT}"
        execution = await stage.run(made, secrets={"TOKEN": KEY}, env={"TENANT": "a b"})
        assert texts(execution)[-1] == "5"
    assert {request["path"] for request in seen} == {"/mcp?v=1&tenant=a+b"}
    assert {request["headers"]["authorization"] for request in seen} == {f"Bearer {KEY}"}
