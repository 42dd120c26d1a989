"""kill -9 while a limited agent works: it goes on counting where it was."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.support.paths import MCP_SERVER
from tests.support.poll import wait_until
from tests.support.world import World

PROGRAM = """
from stigmer import Agent, Limits, Scripted, StdioServer

busy = Agent("busy", "Do as you are told.", model=Scripted("script.yaml"), limits=Limits(steps=3),
             mcp_servers=[StdioServer("tools", {python!r}, [{server!r}])])
"""

SCRIPT = """
- say: First.
  call: {{tool: add, args: {{a: 1, b: 1}}}}
- say: Second.
  call: {{tool: wait, args: {{seconds: 60, file: '{file}'}}}}
- say: Third.
  call: {{tool: add, args: {{a: 1, b: 1}}}}
- say: Fourth.
"""


def test_turns_from_before_count(world: World, tmp_path: Path) -> None:
    project = world.project(PROGRAM.format(python=sys.executable, server=str(MCP_SERVER)))
    (project / "script.yaml").write_text(SCRIPT.format(file=tmp_path / "waits"))
    running = world.start("run", "busy", "-o", "json", cwd=project)
    wait_until((tmp_path / "waits").exists, "the agent waits in a tool")
    world.kill_daemon()
    assert world.run("server", "start").code == 0
    done = running.end()
    assert done.code == 1, done.text
    assert "stopped after 3 model turns (limits.steps of agent busy)" in done.events[-1]["error"]
    assert '"Third."' in done.out
    assert '"Fourth."' not in done.out
