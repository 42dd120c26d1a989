"""Every user of a machine can read the arguments of every process: no secret gets into one of ours."""

from __future__ import annotations

import asyncio
import re
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from stigmer_api.agent_pb2 import Agent, McpServerDefinition
from stigmer_api.agentinstance_pb2 import AgentInstance
from stigmer_api.apiresource_pb2 import ApiResourceId
from stigmerd.agents.mcp.config import ServerProblem, resolve
from tests.stigmerd.services.served import OpenWorld, Refused
from tests.support.api import V1, agent, agent_execution, environment, mcp_server
from tests.support.paths import MCP_SERVER
from tests.support.poll import wait_until
from tests.support.processes import alive, descendants, marked
from tests.support.world import World

SECRET = "hunter2-correct-horse"
WAY = 'env={"TOKEN": "${TOKEN}"}'


def stdio(*args: str, command: str = "files") -> McpServerDefinition:
    server = McpServerDefinition(name="m")
    server.stdio.command = command
    server.stdio.args.extend(args)
    return server


def docker(*args: str, volume: str = "/tmp") -> McpServerDefinition:
    server = McpServerDefinition(name="m")
    server.docker.image = "acme/server:1"
    server.docker.args.extend(args)
    server.docker.volumes.add(host_path=volume, container_path="/data")
    return server


SEEN = [
    stdio("--token=${TOKEN}"),
    stdio("-q", "${TOKEN}"),
    stdio(command="run-${TOKEN}"),
    docker("--token", "${TOKEN}"),
    docker(volume="/data/${TOKEN}"),
]


@pytest.fixture
def docker_client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    client = tmp_path / "docker"
    client.write_text("#!/bin/sh\n")
    client.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")


@pytest.mark.parametrize("server", SEEN, ids=range(len(SEEN)))
@pytest.mark.usefixtures("docker_client")
def test_a_server_with_a_secret_argument_is_not_started(server: McpServerDefinition) -> None:
    with pytest.raises(ServerProblem, match=re.escape(WAY)):
        resolve(server, {"TOKEN": SECRET}, Path("/"), {"TOKEN"})


@pytest.mark.parametrize(
    "server",
    [stdio("--as=${USER_AND_PASSWORD}"), stdio(f"--token={SECRET}"), stdio("${ENCODED}"), docker("${COPY}")],
    ids=range(4),
)
@pytest.mark.usefixtures("docker_client")
def test_nor_one_that_quotes_it_by_way_of_another_variable(server: McpServerDefinition) -> None:
    variables = {
        "TOKEN": SECRET,
        "COPY": SECRET,
        "USER_AND_PASSWORD": f"me:{SECRET}",
        "ENCODED": "aHVudGVyMi1jb3JyZWN0LWhvcnNl",
    }
    with pytest.raises(ServerProblem, match=re.escape(WAY)):
        resolve(server, variables, Path("/"), {"TOKEN"})


def test_what_is_no_secret_may_be_an_argument_and_a_secret_may_be_a_variable() -> None:
    server = stdio("--region=${REGION}", "-v", "${SHORT}")
    server.stdio.env_placeholders["TOKEN"] = "Bearer ${TOKEN}"
    variables = {"TOKEN": SECRET, "REGION": "north", "PIN": "north", "SHORT": "x"}
    config = resolve(server, variables, Path("/"), {"TOKEN", "PIN"})
    assert (config["args"], config["env"]) == (["--region=north", "-v", "x"], {"TOKEN": f"Bearer {SECRET}"})


async def test_it_is_refused_when_it_is_deployed(open_world: OpenWorld, refused: Refused) -> None:
    async with open_world() as world:
        for number, server in enumerate(SEEN):
            wanted: Agent = agent(f"agent {number}")
            wanted.spec.env_spec.data["TOKEN"].is_secret = True
            wanted.spec.mcp_servers.append(server)
            with refused("INVALID_ARGUMENT", 'the MCP server "m" gets the secret TOKEN', WAY):
                await world.api.agent.apply(wanted)
        alone = mcp_server("Files")
        alone.spec.env_spec.data["TOKEN"].is_secret = True
        alone.spec.stdio.args.append("--token=${TOKEN}")
        with refused("INVALID_ARGUMENT", '"Files" gets the secret TOKEN', WAY):
            await world.api.mcp_server.apply(alone)


async def test_or_when_it_becomes_a_secret_later(open_world: OpenWorld, refused: Refused) -> None:
    """By an environment of the instance, or by who starts it."""
    async with open_world() as world:
        wanted: Agent = agent("Innocent")
        wanted.spec.mcp_servers.append(SEEN[0])
        made = await world.api.agent.apply(wanted)
        env = await world.api.environment.apply(environment("Production"))
        instance = AgentInstance(
            api_version=V1,
            kind="AgentInstance",
            metadata={"name": "in production", "owner_scope": 2},
            spec={"agent_id": made.metadata.id},
        )
        instance.spec.environment_refs.add(slug=env.metadata.slug, kind=53)  # type: ignore[arg-type]
        with refused("INVALID_ARGUMENT", "the secret TOKEN", WAY):
            await world.api.agent_instance.create(instance)
        sent = agent_execution(made.metadata.id)
        sent.spec.runtime_env["TOKEN"].value = SECRET
        sent.spec.runtime_env["TOKEN"].is_secret = True
        with refused("INVALID_ARGUMENT", "the secret TOKEN", WAY):
            await world.api.agent_execution.create(sent)
        assert not world.agents.ran
        sent.spec.runtime_env["TOKEN"].is_secret = False
        started = await world.api.agent_execution.create(sent)
        await asyncio.wait_for(world.agents.executions.subscriptions.ended(started.metadata.id), 60)
        assert (await world.api.agent.get(ApiResourceId(value=made.metadata.id))).metadata == made.metadata


def test_no_process_of_a_run_has_it_in_its_arguments(world: World, tmp_path: Path) -> None:
    program = f"""
from stigmer import Agent, Scripted, StdioServer, Workflow, runtime

tools = StdioServer("tools", {sys.executable!r}, [{str(MCP_SERVER)!r}], env={{"TOKEN": "${{TOKEN}}"}})
agent = Agent("agent", "Do as you are told.", model=Scripted("script.yaml"), mcp_servers=[tools])
flow = Workflow("flow")
flow.call_agent("ask", agent, "hello", env={{"TOKEN": runtime.secret("TOKEN")}})
"""
    project = world.project(program)
    waits = tmp_path / "waits"
    (project / "script.yaml").write_text(
        f"- call: {{tool: wait, args: {{seconds: 60, file: '{waits}'}}}}\n- say: done\n"
    )
    running = world.start("run", "flow", "-e", f"secret:TOKEN={SECRET}", "-o", "json", cwd=project)
    wait_until(waits.exists, "the server works")
    try:
        look_around(world, running.process.pid)
    finally:
        running.signal(signal.SIGINT)
        running.end()


def look_around(world: World, command: int) -> None:
    seen = dict(arguments_of({*marked(world.dir), *descendants(world.daemon_pid()), command}))
    assert len(seen) > 3, "the command, the daemon, the agent process and the server"
    assert not [line for line in seen.values() if SECRET in line]
    assert "secret:TOKEN=" in seen[command]
    assert any(f"TOKEN={SECRET}" in line for line in environments(seen)), "the server has it"


def arguments_of(pids: set[int]) -> Iterator[tuple[int, str]]:
    for pid in pids:
        if alive(pid):
            yield pid, Path(f"/proc/{pid}/cmdline").read_text()


def environments(pids: dict[int, str]) -> list[str]:
    return [Path(f"/proc/{pid}/environ").read_text() for pid in pids if alive(pid)]
