"""The menu as somebody sees it: keys, filter, sizes, and the terminal afterwards."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.drawn import Drawn
from tests.support.shell import Shell, open_shell
from tests.support.world import World

UP, DOWN, END, ESC = "\x1b[A", "\x1b[B", "\x1b[F", "\x1b"
MANY = """
from stigmer import Agent, Workflow

for number in range(30):
    Workflow(f"flow-{number}", description=f"Does thing {number} of the week").set("done", number=number)
Agent("reviewer", "You review changes of code.", description="週報を読みます")
Workflow("week-report", description="Tells how the week was").set("done", number=100)
"""
ASKED = "Select resource to run:"
ENDED = "Done!"


@pytest.fixture
def project(shared: World) -> Path:
    return shared.project(MANY, name="many")


def menu(world: World, project: Path, *, rows: int = 40, columns: int = 100) -> Drawn:
    drawn = Drawn(
        world.terminal("run", "-o", "plain", cwd=project, columns=columns), rows=rows, columns=columns
    )
    drawn.until(ASKED)
    return drawn


def pointed(text: str) -> str:
    found = re.search(r"^ ❯ \[\w+\] (\S+)", text, re.MULTILINE)
    return found[1] if found else ""


def test_typing_narrows_and_enter_runs(world: World) -> None:
    drawn = menu(world, world.project(MANY))
    shown = drawn.until(lambda text: "type to filter" in text and "flow-0" in text)
    assert "[Agent] reviewer - 週 報 を 読 み ま す" in shown or "[Agent] reviewer - 週報を読みます" in shown
    drawn.press("report")  # in a name
    assert pointed(drawn.until(lambda text: "flow-1" not in text)) == "week-report"
    drawn.press("\r")
    drawn.until(lambda text: "> [Selected: week-report]" in text and "type to filter" not in text)
    drawn.until(ENDED)
    assert drawn.end() == 0
    again = menu(world, world.dir / "project")
    assert pointed(again.until("type to filter")) == "week-report"  # the last choice stands first
    assert "week-report" in again.lines[[ASKED in line for line in again.lines].index(True) + 1]
    again.press(ESC)
    assert again.end() == 130


def test_more_rows_than_the_screen_and_a_window_that_changes(shared: World, project: Path) -> None:
    drawn = menu(shared, project, rows=10, columns=60)
    drawn.until(lambda text: re.search(r"\d+ more below", text) is not None)
    assert len(drawn.lines) <= 10
    drawn.press(END)
    drawn.until(lambda text: re.search(r"\d+ more above", text) is not None and "more below" not in text)
    drawn.press(DOWN)
    drawn.until(lambda text: "more above" not in text)
    first = pointed(drawn.text)
    drawn.press(UP)
    drawn.until(lambda text: pointed(text) not in ("", first))
    drawn.resize(8, 30)
    drawn.until(lambda text: "…" in text and all(len(line) <= 30 for line in text.split("\n")))
    drawn.press("flow-17")
    drawn.until(lambda text: pointed(text) == "flow-17")
    drawn.press("\r")
    drawn.until("Selected: flow-17]")
    assert drawn.end() == 0


def test_nothing_that_matches_cannot_be_run(shared: World, project: Path) -> None:
    drawn = menu(shared, project)
    drawn.press("zebra")
    drawn.until("nothing matches")
    drawn.press("\r\x15flow-3")
    drawn.until(lambda text: pointed(text) == "flow-3")
    drawn.press(ESC)
    drawn.until("nothing was run")
    assert drawn.end() == 130


@pytest.mark.parametrize("key", [ESC, "\x03", "\x04"])
def test_leaving_runs_nothing_and_says_what_was_done(shared: World, project: Path, key: str) -> None:
    drawn = menu(shared, project)
    drawn.until("type to filter")
    drawn.press(key)
    drawn.until("Selection cancelled: the project is deployed, and nothing was run")
    assert drawn.end() == 130
    assert "type to filter" not in drawn.text and not drawn.cursor_hidden
    assert "Execution ID" not in drawn.text


def test_leaving_the_menu_of_a_watch_loop_ends_it(shared: World, project: Path) -> None:
    drawn = Drawn(shared.terminal("run", "--watch", "-o", "plain", cwd=project))
    drawn.until("type to filter")
    drawn.press(ESC)
    drawn.until("ending: Selection cancelled: the project is deployed, and nothing was run")
    assert drawn.end() == 130
    assert "Error" not in drawn.text


@pytest.fixture
def shell(shared: World) -> Iterator[Shell]:
    with open_shell(shared, MANY) as opened:
        yield opened


@pytest.mark.parametrize("key", [ESC, "\r"])
def test_the_terminal_is_what_it_was(shell: Shell, key: str) -> None:
    shell.type("$S run -o plain")
    shell.see("type to filter")
    shell.press(key)
    shell.see("PROMPT> ")
    shell.is_restored()


def test_without_colours_there_are_none(shared: World, project: Path) -> None:
    shared.extra["NO_COLOR"] = "1"
    try:
        terminal = shared.terminal("run", "-o", "plain", cwd=project)
        terminal.expect("type to filter")
        assert re.search(r"\x1b\[(\d+;)*3\d(;\d+)*m", str(terminal.before)) is None
        terminal.send(ESC)
        terminal.expect("Selection cancelled")
        terminal.close()
    finally:
        del shared.extra["NO_COLOR"]
