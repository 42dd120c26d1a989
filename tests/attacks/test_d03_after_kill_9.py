"""kill -9 while an agent works with a secret: it goes on with the secret, and nobody else has it."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.attacks.planted import is_nowhere, stored
from tests.support.paths import MCP_SERVER
from tests.support.poll import wait_until
from tests.support.world import World

SECRET = "hunter2-correct-horse-battery-staple"

PROGRAM = """
from stigmer import Agent, Scripted, StdioServer, Workflow

echo = Agent("echo", "Do as you are told.", model=Scripted("script.yaml"),
             mcp_servers=[StdioServer("tools", {python!r}, [{server!r}])])
flow = Workflow("flow")
flow.call_agent("ask", echo, "use ${{ $input.message }} now")
"""

SCRIPT = """
- say: First.
  call: {{tool: wait, args: {{seconds: 60, file: '{dir}/waits'}}}}
- say: Second.
  call: {{tool: append, args: {{file: '{heard}', text: '{{{{ message }}}}'}}}}
- say: 'I used {{{{ message }}}}.'
"""


def test_the_conversation_goes_on_with_the_secret(world: World, tmp_path: Path) -> None:
    program = PROGRAM.format(python=sys.executable, server=str(MCP_SERVER))
    project = world.project(program)
    heard = tmp_path / "heard"
    (project / "script.yaml").write_text(SCRIPT.format(dir=tmp_path, heard=heard))
    run = ("run", "flow", "-e", f"secret:S={SECRET}", "-m", f"it is {SECRET}", "-o", "json")
    running = world.start(*run, cwd=project)
    wait_until((tmp_path / "waits").exists, "the agent waits in a tool")
    is_nowhere(SECRET, stored(world.data))
    world.kill_daemon()
    assert world.run("server", "start").code == 0
    done = running.end()
    assert done.code == 0, done.text
    assert heard.read_text() == f"use it is {SECRET} now"
    assert "I used use it is *** now." in done.out
    is_nowhere(SECRET, done.text, stored(world.data), world.run("logs").text)
