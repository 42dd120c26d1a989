"""An MCP server of the project, edited: in a loop at a terminal, and in a single run after it."""

from __future__ import annotations

import sys

import pexpect

from tests.soak.servers import SCRIPT, SERVER
from tests.support.world import World

PROGRAM = f"""
from stigmer import Agent, Scripted, StdioServer
Agent("teller", "Use the tool and tell what it says.", model=Scripted("script.yaml"),
      mcp_servers=[StdioServer("tools", {sys.executable!r}, ["-m", "tools.server"])])
"""


def test_the_new_code_of_a_server_answers(world: World) -> None:
    project = world.project(PROGRAM)
    (project / "tools").mkdir()
    (project / "script.yaml").write_text(SCRIPT)
    (project / "tools" / "server.py").write_text(SERVER.replace("import words", "from . import words"))
    (project / "tools" / "words.py").write_text('WORD = "one"\n')
    (project / "tools" / "table.txt").write_text("-")
    terminal = world.terminal("run", "teller", "--watch", cwd=project, columns=200)
    terminal.expect(r"0\|one\|-")
    terminal.expect("watching")
    (project / "README.md").write_text("Read me.")
    terminal.expect("README.md: teller is unaffected: not rerun")
    terminal.expect("watching")
    (project / "tools" / "words.py").write_text('WORD = "two"\n')
    terminal.expect(r"── run 2 · changed tools/words\.py ·")
    terminal.expect(r"0\|two\|-")
    terminal.expect("watching")
    terminal.send("e")
    terminal.expect(r"what it uses when it runs: tools/server\.py, tools/table\.txt, tools/words\.py")
    terminal.send("q")
    terminal.expect(pexpect.EOF)
    terminal.wait()
    assert terminal.exitstatus == 0
    for word in ("six", "ten"):
        (project / "tools" / "words.py").write_text(f'WORD = "{word}"\n')
        assert f"0|{word}|-" in world.run("run", "teller", "-o", "quiet", cwd=project).out
    world.run("server", "stop")  # and with it what single runs keep warm
    world.nothing_is_left()
