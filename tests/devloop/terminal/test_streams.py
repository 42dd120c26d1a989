"""What is written where the cursor cannot be moved, and where both streams go to one place."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from io import StringIO
from pathlib import Path
from subprocess import PIPE, STDOUT
from typing import TextIO

import pexpect
import pytest

from devloop.loop.events import BackendLost
from devloop.render.loop import LoopScreen
from devloop.render.output import Output
from devloop.terminal.stream import Terminal, standard_terminals, takes_escapes, terminals
from runcmd.events import MessageGrew, MessageStarted, Role
from tests.end_to_end.programs import ONE_WORKFLOW, TWO_WORKFLOWS
from tests.support.poll import PATIENCE_SECONDS
from tests.support.world import STIGMER, World, new_world

CURSOR = ("\x1b[K", "\x1b[A", "\x1b[H", "\x1b[2J", "\x1b[?")
LESS_ABLE = {"dumb": {"TERM": "dumb"}, "none": {"TERM": ""}, "CI": {"TERM": "xterm-256color", "CI": "1"}}


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with new_world() as world:
        yield world


@pytest.fixture
def both(tmp_path: Path) -> Iterator[TextIO]:
    with (tmp_path / "log").open("w+") as file:
        yield file


@pytest.fixture
def pair(both: TextIO) -> Iterator[tuple[Terminal, Terminal]]:
    """Two streams of their own, each with a buffer, into one file: `2>&1 | tee`."""
    with ExitStack() as stack:
        out, err = (
            stack.enter_context(os.fdopen(os.dup(both.fileno()), "w", encoding="utf-8")) for _ in range(2)
        )
        yield terminals(out, err)


def content(file: TextIO) -> str:
    return Path(file.name).read_text()


def test_a_line_of_one_stream_is_not_continued_by_the_other(
    both: TextIO, pair: tuple[Terminal, Terminal]
) -> None:
    out, err = pair
    out.write("half a")
    err.line("an error")
    out.write(" message")
    out.line("a line")
    out.flush()
    err.flush()
    assert content(both) == "half a\nan error\n message\na line\n"


def test_a_loop_loses_its_backend_in_the_middle_of_a_message(
    both: TextIO, pair: tuple[Terminal, Terminal]
) -> None:
    out, err = pair
    screen = LoopScreen(Output.PLAIN, out, err, named=True, clear=False)
    screen.show(1, MessageStarted(index=0, role=Role.AI, text="I think"))
    screen.emit(BackendLost(gen=1, reason="gone"))
    screen.show(1, MessageGrew(index=0, role=Role.AI, more=" so"))
    lines = content(both).splitlines()
    assert lines[0].endswith("I think")
    assert lines[1] == "Lost the backend (gone); trying to reconnect"
    assert "so" in lines[2]


A_BUG = """
from devloop.terminal.standard import prepare

prepare()
from devloop.cli.entry import _report
from devloop.terminal.stream import standard_terminals

standard_terminals()[0].write("half a")
_report(KeyError(1))
"""


def test_a_bug_in_the_middle_of_a_message() -> None:
    done = subprocess.run(
        [sys.executable, "-c", A_BUG], stdout=PIPE, stderr=STDOUT, text=True, check=True, timeout=60
    )
    first, second, *_ = done.stdout.splitlines()
    assert first == "half a"
    assert second.startswith("stigmer stopped because of a bug")


def test_streams_that_go_to_different_places_do_not_disturb_each_other(both: TextIO, tmp_path: Path) -> None:
    with (tmp_path / "other").open("w") as other:
        out, err = terminals(both, other)
        out.write("half a")
        err.line("an error")
        out.write(" message")
        out.flush()
    assert content(both) == "half a message"


def test_there_is_one_pair_of_terminals() -> None:
    assert standard_terminals() is standard_terminals()


def test_a_stream_without_a_file_has_no_cursor() -> None:
    terminal = Terminal(StringIO(), interactive=True, cursor=True)
    assert terminal.moves_cursor
    assert not terminal.in_background


@pytest.mark.parametrize("environment", LESS_ABLE)
@pytest.mark.parametrize("options", [[], ["--watch"], ["--watch", "--clear"]])
def test_no_escape_moves_the_cursor(world: World, environment: str, options: list[str]) -> None:
    terminal = spawn(world, ONE_WORKFLOW, ["run", "greet", *options], LESS_ABLE[environment])
    if options:
        terminal.expect("watching")
        terminal.send("h")
        terminal.expect("EXECUTION")
        terminal.expect("watching")
        terminal.send("q")
    terminal.expect(pexpect.EOF)
    written = terminal.logfile_read.getvalue()
    assert "Done!" in written
    assert [each for each in CURSOR if each in written] == []
    assert environment == "CI" or "\x1b" not in written


@pytest.mark.parametrize("environment", LESS_ABLE)
def test_a_choice_is_a_number_where_nothing_can_be_drawn(world: World, environment: str) -> None:
    terminal = spawn(world, TWO_WORKFLOWS, ["run"], LESS_ABLE[environment])
    if environment == "CI":  # nobody is there
        terminal.expect("stigmer run ")
    else:
        terminal.expect("Number or name")
        terminal.sendline("part")
        terminal.expect("goodbye")
    terminal.expect(pexpect.EOF)
    written = terminal.logfile_read.getvalue()
    assert [each for each in CURSOR if each in written] == []


@pytest.mark.parametrize(
    ("value", "yes"), [("1", False), ("true", False), ("false", True), ("0", True), ("", True)]
)
def test_what_says_that_this_is_ci(value: str, yes: bool) -> None:
    assert takes_escapes({"TERM": "xterm", "CI": value}) is yes


def spawn(
    world: World, program: str, arguments: list[str], environment: dict[str, str]
) -> pexpect.spawn[str]:
    terminal = pexpect.spawn(
        str(STIGMER),
        arguments,
        cwd=str(world.project(program)),
        env=world.environ | environment,
        dimensions=(40, 100),
        encoding="utf-8",
        timeout=PATIENCE_SECONDS,
    )
    terminal.logfile_read = StringIO()
    return terminal
