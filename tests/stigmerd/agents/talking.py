"""Agents with a server that uses the way back, and what came of their calls."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from stigmer_api.agent_options import annotation_of
from stigmer_api.agent_pb2 import Agent
from stigmer_api.agentexecution_pb2 import AgentExecution
from tests.stigmerd.agents.stage import scripted

TALKING = Path(__file__).with_name("talking_server.py")


def talking(script: str, **options: Any) -> Agent:
    """An agent with the server, and what it says of it beyond the contract."""
    agent = scripted(script)
    server = agent.spec.mcp_servers.add(name="talking")
    server.stdio.command = sys.executable
    server.stdio.args.append(str(TALKING))
    for name, value in annotation_of({"servers": {"talking": options}} if options else {}, {}).items():
        agent.metadata.annotations[name] = value
    return agent


def called(tool: str, **arguments: Any) -> str:
    return f"- call: {json.dumps({'tool': tool, 'args': arguments})}\n"


def results(execution: AgentExecution) -> list[str]:
    return [str(call.result) for message in execution.status.messages for call in message.tool_calls] or [
        str(call.result) for call in execution.status.tool_calls
    ]
