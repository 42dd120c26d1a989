"""A project whose agents write into a file, if somebody approves it."""

from __future__ import annotations

from pathlib import Path

from tests.support.paths import MCP_SERVER
from tests.support.world import World

PROGRAM = """
import sys
from stigmer import Agent, Approval, Scripted, StdioServer, Workflow

tools = StdioServer("tools", sys.executable, [{server!r}], requires_approval=["append"])
Agent("clerk", "You keep the notes in order.", model=Scripted("one.yaml"), mcp_servers=[tools])
Agent("pair", "You keep the notes in order.", model=Scripted("two.yaml"), mcp_servers=[tools])
office = Workflow("office", namespace="demo")
office.call_agent("ask", "clerk", "write it down")
"""


def new_project(world: World, notes: Path) -> Path:
    project = world.project(PROGRAM.format(server=str(MCP_SERVER)))
    for name, texts in (("one", "x"), ("two", "xy")):
        calls = ", ".join(f"{{tool: append, args: {{file: '{notes}', text: {text}}}}}" for text in texts)
        (project / f"{name}.yaml").write_text(f"- call: [{calls}]\n- say: 'Then: {{{{ result }}}}'\n")
    return project
