"""`--notify` on a real terminal: notifications, the bell, the title, and nothing of them anywhere else."""

from __future__ import annotations

import os
import pty
from collections.abc import Iterator, Mapping

import pytest

from devloop.terminal.attention import Attention, Way, way_of
from tests.end_to_end.programs import ONE_WORKFLOW
from tests.support.shell import CTRL_Z, PROMPT, Shell, open_shell
from tests.support.world import World, new_world

SUCCEEDED = "greet succeeded"
END = "\x1b\\"
SAVED, RESTORED = "\x1b[22;2t", "\x1b[23;2t"
ESCAPES = ("\a", "\x1b]9;", "\x1b]777;", "\x1b]2;", SAVED, RESTORED)
TERMINALS = {
    "iTerm2": ({"TERM_PROGRAM": "iTerm.app"}, f"\x1b]9;stigmer: {SUCCEEDED}"),
    "WezTerm": ({"TERM_PROGRAM": "WezTerm"}, f"\x1b]777;notify;stigmer;{SUCCEEDED}"),
    "another": ({}, "\a"),
    "tmux": ({"TERM": "tmux-256color", "TERM_PROGRAM": "iTerm.app"}, "\a"),
}
FAILING = """
from stigmer import Workflow

fails = Workflow("fails")
fails.raise_("stop", "wrong", "it went wrong")
"""


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with new_world() as world:
        yield world


def replace(world: World, program: str) -> None:
    """At once: nobody reads half of it."""
    file = world.dir / "project" / "main.py"
    file.with_suffix(".new").write_text(program)
    file.with_suffix(".new").replace(file)


def runs(shell: Shell, command: str) -> None:
    """To its end."""
    shell.type(f"{command}; echo O''VER")
    shell.see("OVER")


def escapes(shell: Shell) -> list[str]:
    return [each for each in ESCAPES if each in shell.written]


@pytest.mark.parametrize("terminal", TERMINALS)
def test_a_loop_says_how_each_run_ends(world: World, terminal: str) -> None:
    environ, notification = TERMINALS[terminal]
    with open_shell(world, ONE_WORKFLOW, environ) as shell:
        shell.type("$S run greet --watch --notify")
        shell.see(SAVED, f"\x1b]2;✓ {SUCCEEDED}", notification, "files · ? keys")
        shell.press("r")
        shell.see(f"\x1b]2;✓ {SUCCEEDED}", notification, "files · ? keys")
        assert RESTORED not in shell.written
        replace(world, ONE_WORKFLOW.replace("greet", "hello"))
        shell.see("\x1b]2;✗ greet is not declared", "files · ? keys")
        replace(world, "this is no Python\n")
        shell.see("\x1b]2;✗ the project is broken", "SyntaxError", "files · ? keys")
        shell.press("q")
        shell.see(RESTORED, PROMPT)
        assert shell.written.count(SAVED) == 1


def test_a_run_says_how_it_ends(world: World) -> None:
    with open_shell(world, FAILING) as shell:
        shell.type("$S run fails --notify")
        shell.see(SAVED, "\x1b]2;running fails", "\x1b]2;✗ fails failed", "\a", RESTORED, PROMPT)


def test_what_the_user_ends_needs_no_notification(world: World) -> None:
    slow = 'from stigmer import Workflow\nWorkflow("greet").wait("pause", seconds=600)\n'
    with open_shell(world, slow) as shell:
        shell.type("$S run greet --notify")
        shell.see("\x1b]2;running greet", "pause")
        shell.press("\x03")
        shell.see(RESTORED, PROMPT)
        assert "\a" not in shell.written


def test_a_superseded_run_needs_none_either(world: World) -> None:
    slow = 'from stigmer import Workflow\nWorkflow("greet").wait("pause", seconds=600)\n'
    with open_shell(world, slow) as shell:
        shell.type("$S run greet --watch --notify")
        shell.see("pause")
        replace(world, ONE_WORKFLOW)
        shell.see("run 1 cancelled", "run 2 ✓")
        shell.press("q")
        shell.see(RESTORED, PROMPT)
        assert shell.written.count("\a") == 1


def test_the_title_is_the_shells_while_the_loop_is_stopped(world: World) -> None:
    with open_shell(world, ONE_WORKFLOW) as shell:
        shell.type("$S run greet --watch --notify")
        shell.see("files · ? keys")
        shell.press(CTRL_Z)
        shell.see(RESTORED, "Stopped", PROMPT)
        shell.type("fg")
        shell.see(SAVED, f"\x1b]2;✓ {SUCCEEDED}", "files · ? keys")
        shell.press("q")
        shell.see(RESTORED, PROMPT)


def test_a_loop_in_the_background_notifies_and_leaves_the_title(world: World) -> None:
    with open_shell(world, ONE_WORKFLOW) as shell:
        shell.type("$S run greet --watch --notify &")
        shell.see("\a", "watching")
        assert escapes(shell) == ["\a"]
        shell.type("kill %1; wait")
        shell.see(PROMPT)


@pytest.mark.parametrize(
    ("command", "environ"),
    [
        ("$S run greet", {}),
        ("$S run greet --watch --runs 1", {}),
        ("$S run greet --notify | cat", {}),
        ("$S run greet --notify > out", {}),
        ("$S run greet --notify --no-follow", {}),
        ("$S run greet --watch --runs 1 --notify 2>&1 | cat", {}),
        ("$S run greet --notify -o json 2> err", {}),
        ("$S run greet --notify", {"TERM": "dumb"}),
        ("$S run greet --notify", {"CI": "1"}),
    ],
)
def test_it_is_off_by_default_and_where_nobody_looks(
    world: World, command: str, environ: Mapping[str, str]
) -> None:
    with open_shell(world, ONE_WORKFLOW, environ) as shell:
        runs(shell, command)
        assert escapes(shell) == []


def test_a_configuration_file_switches_it_on(world: World) -> None:
    file = world.dir / ".stigmer" / "config.yaml"
    file.parent.mkdir(exist_ok=True)
    try:
        file.write_text("notify: true\n")
        with open_shell(world, ONE_WORKFLOW) as shell:
            shell.type("$S run greet")
            shell.see(SAVED, "\a", RESTORED)
        with open_shell(world, ONE_WORKFLOW) as shell:
            runs(shell, "$S run greet --no-notify")
            assert escapes(shell) == []
        file.write_text("notify: often\n")
        with open_shell(world, ONE_WORKFLOW) as shell:
            shell.type("$S run greet")
            shell.see(f"{file}: notify must be true or false")
    finally:
        file.unlink()


@pytest.mark.parametrize(
    ("environ", "way"),
    [
        ({"TERM": "xterm-kitty"}, Way.OSC_9),
        ({"TERM": "xterm-256color", "LC_TERMINAL": "iTerm2"}, Way.OSC_9),
        ({"TERM": "foot-extra"}, Way.OSC_777),
        ({"TERM": "xterm-ghostty", "TERM_PROGRAM": "ghostty"}, Way.OSC_777),
        ({"TERM": "rxvt-unicode-256color"}, Way.OSC_777),
        ({"TERM": "xterm-kitty", "TMUX": "/tmp/tmux-0/default,1,0"}, Way.BELL),
        ({"TERM": "screen.xterm-256color"}, Way.BELL),
        ({"TERM": "linux"}, Way.BELL),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "Apple_Terminal"}, Way.BELL),
        ({}, Way.BELL),
    ],
)
def test_what_a_terminal_is_known_to_take(environ: Mapping[str, str], way: Way) -> None:
    assert way_of(environ) is way


@pytest.mark.parametrize("environ", [TERMINALS["iTerm2"][0], TERMINALS["WezTerm"][0]])
def test_foreign_text_cannot_end_a_sequence_or_begin_one(environ: Mapping[str, str]) -> None:
    ours, theirs = pty.openpty()
    with os.fdopen(ours, "rb", buffering=0) as screen, os.fdopen(theirs, "w", encoding="utf-8") as stream:
        attention = Attention(stream, environ | {"TERM": "xterm"})
        attention.notify("a;b", "evil\x1b\\\x1b]2;owned\a\x9c\n\u202e;" + "x" * 1000)
        attention.title("evil\x07\x1b]9;owned\x1b\\")
        attention.release()
        written = b""
        while RESTORED.encode() not in written:
            written += screen.read(4096)
    text = written.decode().replace(END, "<end>")
    assert text.count("<end>") == 3
    assert text.count("\x1b]") == 3
    assert "\a" not in text
    assert "\x9c" not in text
    assert "\u202e" not in text
    assert len(text) < 500
    assert "a,b" in text


def test_a_terminal_without_a_window_gets_no_title() -> None:
    ours, theirs = pty.openpty()
    with os.fdopen(ours, "rb", buffering=0) as screen, os.fdopen(theirs, "w", encoding="utf-8") as stream:
        attention = Attention(stream, {"TERM": "linux"})
        attention.title("a title")
        attention.release()
        attention.notify("a", "b")
        assert screen.read(100) == b"\a"
