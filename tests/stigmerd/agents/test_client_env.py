"""The shell of whoever started an execution decides which model answers."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from stigmer_api.agent_pb2 import Agent
from stigmer_api.agentexecution_pb2 import ExecutionPhase
from stigmerd.executions.client_env import ClientEnv, client_env_of
from stigmerd.executions.log import Executions
from tests.stigmerd.agents.http_servers import chat, refuse, serving
from tests.stigmerd.agents.stage import Stage, agent, scripted, texts
from tests.support.paths import MCP_SERVER
from tests.support.providers.server import fake

KEY = "sk-handed-over-abcdef"


async def test_its_key_is_used_and_told_to_nobody(stage: Stage) -> None:
    for answers in (chat, refuse):
        with serving(answers) as (url, seen):
            execution_id = stage.add(agent())
            shell = {
                "STIGMER_LLM_BASE_URL": f"{url}/v1",
                "STIGMER_LLM_MODEL": "tiny",
                "STIGMER_LLM_API_KEY": KEY,
            }
            stage.executions.secrets.set_client_env(execution_id, client_env_of(shell))
            await stage.host.run(execution_id)
        assert seen[0]["headers"]["authorization"] == f"Bearer {KEY}"
        assert KEY not in str(stage.get(execution_id))
    assert "***" in stage.get(execution_id).status.error


async def test_a_variable_of_the_execution_wins(stage: Stage) -> None:
    execution_id = stage.add(scripted("- say: mine"), env={"STIGMER_LLM_PROVIDER": "scripted"})
    stage.executions.secrets.set_client_env(execution_id, client_env_of({"STIGMER_LLM_PROVIDER": "ollama"}))
    await stage.host.run(execution_id)
    assert texts(stage.get(execution_id))[-1] == "mine"


async def test_the_loss_by_a_restart_is_told(stage: Stage) -> None:
    execution_id = stage.add(agent())
    shell = client_env_of({"OPENAI_API_KEY": KEY})
    stage.executions.secrets.set_client_env(execution_id, shell)
    stage.executions.secrets.forget(execution_id)
    assert isinstance(stage.executions, Executions)
    assert stage.executions.secrets.client_env(execution_id) == ClientEnv(names=("OPENAI_API_KEY",))
    await stage.host.run(execution_id)
    status = stage.get(execution_id).status
    assert status.phase == ExecutionPhase.EXECUTION_FAILED
    assert "OPENAI_API_KEY came from the shell that started this execution" in status.error
    assert "start it again" in status.error


async def test_what_a_restart_lost_does_not_matter_to_a_scripted_agent(stage: Stage) -> None:
    execution_id = stage.add(scripted("- say: fine"))
    stage.executions.secrets.set_client_env(execution_id, client_env_of({"OPENAI_API_KEY": KEY}))
    stage.executions.secrets.forget(execution_id)
    await stage.host.run(execution_id)
    assert texts(stage.get(execution_id))[-1] == "fine"


async def test_the_shell_that_the_backend_was_started_from_says_nothing(stage: Stage) -> None:
    with fake("openai") as provider:
        host = stage.new_host({**provider.env, "OPENAI_API_KEY": KEY, "STIGMER_AGENT_MAX_STEPS": "none"})
        try:
            execution_id = stage.add(agent())
            await host.run(execution_id)
        finally:
            await host.aclose()
    error = stage.get(execution_id).status.error
    assert "no model is configured" in error
    assert "the environment of the command that starts it" in error
    assert not provider.requests


async def test_its_programs_are_those_of_that_shell(stage: Stage, tmp_path: Path) -> None:
    """An MCP server is found, and its own programs are, where the caller would find them."""
    server = agent_with_script("- call: {tool: env, args: {name: VIRTUAL_ENV}}\n- say: '{{ result }}'")
    for name in ("one", "other"):
        folder = tmp_path / name / "bin"
        folder.mkdir(parents=True)
        program = folder / "words-server"
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{MCP_SERVER}"\n')
        program.chmod(0o755)
    for name in ("one", "other", "one"):
        shell = {
            "PATH": f"{tmp_path / name / 'bin'}:{os.environ['PATH']}",
            "VIRTUAL_ENV": str(tmp_path / name),
        }
        execution_id = stage.add(server)
        stage.executions.secrets.set_client_env(execution_id, client_env_of(shell))
        await stage.host.run(execution_id)
        assert texts(stage.get(execution_id))[-1] == str(tmp_path / name)


def agent_with_script(script: str) -> Agent:
    made = scripted(script)
    made.spec.mcp_servers.add(name="words").stdio.command = "words-server"
    return made
