"""A call that changed a file shows how, and one that ran a command how that ended."""

from __future__ import annotations

from dataclasses import replace

from devloop.render.diffs import MOST_LINES
from devloop.render.plain import PlainRenderer
from runcmd.events import CallState, ToolCallChanged
from tests.devloop.render import scripts
from tests.devloop.render.screens import Screen

DIFF = "--- a/notes.md\n+++ b/notes.md\n@@ -1,2 +1,2 @@\n title\n--- old\n+new \x1b[2J\n"


def shown(screen: Screen, call: ToolCallChanged) -> str:
    renderer = PlainRenderer(screen.out_terminal, screen.err_terminal)
    renderer.show(call)
    renderer.close()
    return screen.out


def test_a_diff_stands_below_its_call_and_cannot_move_the_cursor(screen: Screen) -> None:
    out = shown(screen, replace(scripts.call(CallState.COMPLETED, result="edited"), diff=DIFF))
    assert (
        "\n   --- a/notes.md\n   +++ b/notes.md\n   @@ -1,2 +1,2 @@\n    title\n   --- old\n   +new " in out
    )
    assert "\x1b[2J" not in out


def test_a_long_diff_is_cut_and_says_so(screen: Screen) -> None:
    many = "".join(f"+line {number}\n" for number in range(MOST_LINES + 5))
    out = shown(screen, replace(scripts.call(CallState.COMPLETED), diff=many))
    assert f"+line {MOST_LINES - 1}\n   … 5 more lines\n" in out


def test_an_exit_status_is_said_unless_all_was_well(screen: Screen) -> None:
    assert "exit status" not in shown(screen, replace(scripts.call(CallState.COMPLETED), exit_status=0))
    assert "\n   exit status 3\n" in shown(
        screen, replace(scripts.call(CallState.COMPLETED, result="no"), exit_status=3)
    )


def test_added_and_removed_lines_have_colours() -> None:
    out = shown(Screen(colour=True), replace(scripts.call(CallState.COMPLETED), diff=DIFF))
    assert "\x1b[32m   +new" in out
    assert "\x1b[31m   --- old" in out
