"""An agent comes by a secret of the workflow that called it, and says it: nobody hears it."""

from __future__ import annotations

import json
import random
import string
import sys
from pathlib import Path

import grpc

from stigmer_api import agentexecution_pb2 as wire
from stigmer_api.agentexecution_pb2_grpc import (
    AgentExecutionCommandControllerStub,
    AgentExecutionQueryControllerStub,
)
from tests.attacks.planted import is_nowhere, stored
from tests.support.api import agent_execution
from tests.support.paths import MCP_SERVER
from tests.support.poll import PATIENCE_SECONDS
from tests.support.snapshots import address
from tests.support.world import World

CHANCE = random.Random(3)
LINES = ["".join(CHANCE.choices(string.ascii_letters + string.digits, k=64)) for _ in range(6)]
KEY = "\n".join(("-----BEGIN PRIVATE KEY-----", *LINES, "-----END PRIVATE KEY-----", ""))

PROGRAM = f"""
from stigmer import Agent, Scripted, StdioServer, Workflow, runtime

tools = StdioServer("tools", {sys.executable!r}, [{str(MCP_SERVER)!r}])
reader = Agent("reader", "Read what you are told to.", model=Scripted("script.yaml"), mcp_servers=[tools])
flow = Workflow("flow")
flow.set("has", length=runtime.secret("KEY"))
flow.call_agent("ask", reader, "go")
"""

SCRIPT = """
- call: {{tool: read, args: {{file: '{file}'}}}}
- say: "It says {{{{ result }}}}."
  chunk: {{characters: 5, seconds: 0}}
"""


def test_what_a_tool_shows_it(world: World, tmp_path: Path) -> None:
    project = world.project(PROGRAM)
    file = tmp_path / "key"
    file.write_text("".join(f"   {line}\r\n" for line in KEY.splitlines()))
    (project / "script.yaml").write_text(SCRIPT.format(file=file))
    (project / "env").write_text("secret:KEY=" + json.dumps(KEY) + "\n")
    done = world.run("run", "flow", "--env-file", str(project / "env"), "-o", "json", cwd=project)
    assert done.code == 0, done.text
    assert "It says" in done.out
    answers = [done.text, *later_in_the_session(world)]
    for line in LINES:
        is_nowhere(line, *answers, stored(world.data), world.run("logs").text)


def later_in_the_session(world: World) -> list[str]:
    """What the agent's executions say to somebody who goes on with the session, without the secret."""
    with grpc.insecure_channel(address(world)) as channel:
        query, command = (
            AgentExecutionQueryControllerStub(channel),
            AgentExecutionCommandControllerStub(channel),
        )
        (first,) = query.list(wire.ListAgentExecutionsRequest()).entries
        sent = agent_execution("", message="again")
        sent.spec.session_id = first.spec.session_id
        later = command.create(sent, timeout=PATIENCE_SECONDS)
        snapshots = list(
            query.subscribe(wire.AgentExecutionId(value=later.metadata.id), timeout=PATIENCE_SECONDS)
        )
    return [str(first), *map(str, snapshots)]
