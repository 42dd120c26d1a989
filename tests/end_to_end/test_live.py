"""The live screen of the real command: it draws on a terminal only, and leaves it as it was."""

from __future__ import annotations

import sys

import pexpect
import pyte
import pytest

from tests.devloop.render.live.stage import VARIATION
from tests.end_to_end.programs import ONE_WORKFLOW, SLOW_WORKFLOW
from tests.support.world import World

TRACE = (sys.executable, "-X", "importtime")
HIDE, SHOW = "\x1b[?25l", "\x1b[?25h"


@pytest.mark.parametrize("more", [(), ("-o", "json"), ("-o", "plain")])
def test_nothing_that_draws_is_imported_where_nothing_is_drawn(world: World, more: tuple[str, ...]) -> None:
    project = world.project(ONE_WORKFLOW)
    done = world.run("run", "greet", *more, cwd=project, through=TRACE)
    assert done.code == 0
    assert "anyio" in done.err
    assert " rich" not in done.err


@pytest.mark.parametrize("end", ["interrupt", "terminate", "daemon"])
def test_a_run_leaves_a_visible_cursor_and_no_drawing(world: World, end: str) -> None:
    terminal = world.terminal("run", "slow", cwd=world.project(SLOW_WORKFLOW))
    terminal.expect("Ctrl-C cancels")
    if end == "interrupt":
        terminal.sendintr()
    elif end == "terminate":
        terminal.kill(15)
    else:
        world.kill_daemon()
        terminal.expect("connection lost|Connection lost")
        terminal.sendintr()
    terminal.expect(pexpect.EOF)
    written = str(terminal.before)
    assert written.rfind(SHOW) > written.rfind(HIDE)
    screen = pyte.Screen(100, 40)
    pyte.Stream(screen).feed(written.replace(VARIATION, ""))
    assert not screen.cursor.hidden
    assert "Ctrl-C" not in "\n".join(screen.display).replace("^C", "")
    terminal.close()
