"""The line where messages are typed: history, pasted lines, wide characters, completion, Ctrl-R."""

from __future__ import annotations

import stat
from pathlib import Path

from tests.support.chat import (
    CTRL_C,
    CTRL_D,
    CTRL_R,
    END_OF_PASTE,
    NEW_LINE,
    PASTE,
    TAB,
    UP,
    host_project,
    open_chat,
)
from tests.support.poll import wait_until
from tests.support.world import World


def history_file(world: World) -> Path:
    return world.dir / ".stigmer" / "chat_history"


def test_what_was_typed_comes_back_with_up_also_in_the_next_conversation(world: World) -> None:
    project = host_project(world)
    with open_chat(world, project) as chat:
        chat.say("first thing", "first thing <")
        chat.say("second thing", "second thing <")
        chat.type(UP + UP)
        chat.see("first")
        chat.type("\r")
        chat.see("[3] first thing <second thing>")
        chat.ready()
        chat.type(CTRL_D)
        chat.end()
    assert stat.S_IMODE(history_file(world).stat().st_mode) == 0o600
    with open_chat(world, project) as chat:
        chat.type(CTRL_R + "second")
        chat.see("second")
        chat.type("\r\r")
        chat.see("[1] second thing <nothing>")


def test_a_secret_is_not_written_into_the_history(world: World) -> None:
    with open_chat(world, host_project(world), "-e", "secret:KEY=hunter2hunter2") as chat:
        chat.say("the key is hunter2hunter2", "the key is ***")
        chat.say("no secret", "no secret <")
    kept = history_file(world).read_text()
    assert "no secret" in kept and "hunter2" not in kept


def test_a_pasted_text_of_several_lines_is_one_message(shared: World) -> None:
    with open_chat(shared, host_project(shared)) as chat:
        chat.type(f"{PASTE}one\ntwo\nthree{END_OF_PASTE}")
        chat.see("three")
        chat.type("\r")
        chat.see("[1] one", "three <nothing>")


def test_alt_enter_begins_a_new_line(shared: World) -> None:
    with open_chat(shared, host_project(shared)) as chat:
        chat.type(f"over{NEW_LINE}under")
        chat.see("under")
        chat.type("\r")
        chat.see("[1] over", "under <nothing>")


def test_wide_characters_and_accents(shared: World) -> None:
    with open_chat(shared, host_project(shared)) as chat:
        chat.say("漢字 und Größe 🎉", "[1] 漢字 und Größe 🎉 <nothing>")


def test_a_long_line_and_a_narrow_window(shared: World) -> None:
    with open_chat(shared, host_project(shared)) as chat:
        chat.terminal.setwinsize(20, 30)
        chat.type("words " * 12 + "end\r")
        chat.see("<nothing>")
        chat.ready()


def test_tab_completes_commands_and_files(shared: World) -> None:
    project = host_project(shared)
    with open_chat(shared, project) as chat:
        chat.type("/he" + TAB + "\r")
        chat.see("begins a new conversation")
        chat.ready()
        chat.say("something", "something <")
        (project / "kept-notes").mkdir(exist_ok=True)
        chat.type("/save kept-" + TAB)
        chat.see("notes")
        chat.type("/x.md\r")
        chat.see("saved 1 turn")
    assert (project / "kept-notes" / "x.md").exists()


def test_the_terminal_is_as_it_was(shared: World) -> None:
    import termios

    with open_chat(shared, host_project(shared)) as chat:
        chat.type("slow\r")
        chat.see("begun")
        chat.type(CTRL_C)
        chat.see("(cancelled)")
        chat.ready()
        chat.type(CTRL_D)
        chat.see("to go on")

        def restored() -> bool:
            local = termios.tcgetattr(chat.terminal.child_fd)[3]
            return bool(local & termios.ECHO and local & termios.ICANON and not local & termios.NOFLSH)

        wait_until(restored, "echo and lines are back")
        assert not chat.screen.cursor.hidden
        assert "\x1b]" not in chat.written, "the title of the window is somebody else's"
        assert chat.end() == 0
