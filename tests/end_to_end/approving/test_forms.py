"""A form of an MCP server, filled in at the run's own terminal."""

from __future__ import annotations

import json
from pathlib import Path

from tests.support.drawn import Drawn
from tests.support.world import World

TALKING = Path(__file__).parents[2] / "stigmerd" / "agents" / "talking_server.py"
KEYS = "[y] fill it in / [n]o / [c] put it away"
SCHEMA = {
    "type": "object",
    "properties": {
        "nights": {"type": "integer", "minimum": 1, "description": "how long"},
        "breakfast": {"type": "boolean", "default": True},
    },
    "required": ["nights"],
}
PROGRAM = """
import sys
from stigmer import Agent, Scripted, StdioServer
hotel = StdioServer("hotel", sys.executable, [{server!r}])
Agent("clerk", "You book rooms.", model=Scripted("s.yaml"), mcp_servers=[hotel])
"""


def project(world: World) -> Path:
    made = world.project(PROGRAM.format(server=str(TALKING)))
    form = json.dumps({"message": "For how many nights?", "requestedSchema": SCHEMA})
    call = json.dumps({"tool": "request", "args": {"method": "elicitation/create", "params": form}})
    (made / "s.yaml").write_text(f"- call: {call}\n- say: 'Then: {{{{ result }}}}'\n")
    return made


def test_a_form_is_filled_in_or_not(world: World) -> None:
    here = project(world)
    run = Drawn(world.terminal("run", "clerk", cwd=here))
    assert "For how many nights?" in run.until(KEYS)
    run.press("y")
    run.until("nights, how long:")
    run.press("none\r")
    run.until("a whole number")
    run.press("2\r")
    run.until("breakfast (y/n) [y]:")
    run.press("\r")
    shown = run.until("Then:")
    assert run.end() == 0
    assert "request answered (stigmer run)" in shown

    other = Drawn(world.terminal("run", "clerk", "-o", "plain", cwd=here))
    other.until(KEYS)
    other.press("n")
    assert "declined" in other.until("Then:")
    assert other.end() == 0
