"""What a version's program says, before the header of its run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from devloop.loop.events import (
    Cause,
    EditBroken,
    EditMended,
    EditNoticed,
    LoopEvent,
    RunQueued,
    RunStarted,
)
from devloop.render.loop import LoopScreen
from devloop.render.output import Output
from devloop.terminal.stream import Terminal
from runcmd.events import (
    Event,
    Outcome,
    ProgramWrote,
    RunFinished,
    SynthesisLasted,
    SynthesisStarted,
    TaskStarted,
)
from tests.devloop.render.screens import Screen

MAIN = Path("/p/app.py")
BEGINS = SynthesisStarted(main=MAIN)
LASTED = SynthesisLasted(main=MAIN, seconds=0.5)
TASK = TaskStarted(task="say", name="say", kind="set")


def header(gen: int) -> RunStarted:
    return RunStarted(gen=gen, run=gen, cause=Cause.CHANGE, changed=("app.py",), applied=1, total=1)


def wrote(text: str, stream: str = "stdout") -> ProgramWrote:
    return ProgramWrote(stream=stream, text=text)


def shown(
    screen: Screen,
    *events: LoopEvent | tuple[int, Event],
    output: Output = Output.PLAIN,
    clear: bool = False,
    out: Terminal | None = None,
) -> LoopScreen:
    loop = LoopScreen(output, out or screen.out_terminal, screen.err_terminal, named=True, clear=clear)
    for event in events:
        if isinstance(event, tuple):
            loop.show(*event)
        else:
            loop.emit(event)
    return loop


def test_it_is_shown_as_it_comes(screen: Screen) -> None:
    shown(
        screen,
        EditNoticed(gen=2, changed=("app.py", "a.py", "b.py", "c.py")),
        (2, BEGINS),
        (2, wrote("one\n")),
        (2, LASTED),
        (2, wrote("two\n", "stderr")),
        EditMended(gen=2, name="app.py"),
    )
    assert screen.out == "app.py, a.py (+2) changed\none\nrunning app.py …\napp.py works again\n"
    assert screen.err == "two\n"


def test_beside_a_run_each_line_has_the_name_of_the_program(screen: Screen) -> None:
    done = RunFinished(outcome=Outcome.SUCCEEDED, exit_code=0)
    shown(
        screen, header(1), (2, BEGINS), (2, wrote("one\ntwo\n")), (1, TASK), (1, done), (2, wrote("three\n"))
    )
    lines = screen.out.splitlines()
    assert [line for line in lines if "one" in line or "two" in line or "three" in line] == [
        "[app.py] one",
        "[app.py] two",
        "three",
    ]


def test_a_queued_change_says_when_it_runs(screen: Screen) -> None:
    shown(screen, RunQueued(gen=8, changed=("main.py",), behind=7), RunQueued(gen=9, changed=(), behind=7))
    assert screen.out == "main.py changed; runs when run 7 is over\nruns when run 7 is over\n"


def test_an_error_does_not_repeat_what_the_program_wrote(screen: Screen) -> None:
    error = EditBroken(gen=2, error="app.py ended with exit status 1", details=("no key",), echoed=True)
    shown(screen, (2, BEGINS), (2, wrote("no key\n", "stderr")), error)
    assert screen.err == "no key\nError: app.py ended with exit status 1\n"


def test_who_is_shown_nothing_else_is_shown_the_error_whole(screen: Screen) -> None:
    error = EditBroken(gen=2, error="app.py ended with exit status 1", details=("no key",), echoed=True)
    shown(screen, (2, BEGINS), (2, wrote("no key\n", "stderr")), error, output=Output.QUIET)
    assert screen.err == "Error: app.py ended with exit status 1\n\nno key\n"
    assert screen.out == ""


def test_as_objects_they_have_their_generation(screen: Screen) -> None:
    shown(screen, header(1), (2, BEGINS), (2, wrote("one\n")), output=Output.JSON)
    records = [json.loads(line) for line in screen.out.splitlines()]
    assert [(each["event"], each["gen"]) for each in records] == [
        ("run_started", 1),
        ("synthesis_started", 2),
        ("program_wrote", 2),
    ]
    assert records[2]["text"] == "one\n", "without a mark"


@pytest.mark.parametrize("output", [Output.PLAIN, Output.JSON])
def test_a_secret_of_several_lines_is_masked_line_by_line(screen: Screen, output: Output) -> None:
    loop = LoopScreen(output, screen.out_terminal, screen.err_terminal, named=True, clear=False)
    loop.hide({"ab1\ncd2\nef3"})
    loop.emit(header(1))
    for line in ("before\n", "ab1\n", "cd2\n", "ef3\n", "after\n"):
        loop.show(2, wrote(line))
    loop.close()
    assert not [part for part in ("ab1", "cd2", "ef3") if part in screen.out]
    assert "***" in screen.out
    assert "after" in screen.out


def test_secrets_that_come_to_be_known_later_are_masked(screen: Screen) -> None:
    loop = shown(screen, (2, wrote("one\n")))
    loop.hide({"hunter2-hunter2"})
    loop.show(2, wrote("hunter2-hunter2\n"))
    assert screen.out == "one\n***\n"


def test_where_the_screen_is_cleared_it_stands_below_the_header(screen: Screen) -> None:
    terminal = Terminal(screen._out, interactive=True, cursor=True)
    shown(screen, (2, BEGINS), (2, wrote("one\n")), (2, wrote("two\n")), header(2), clear=True, out=terminal)
    before, _, after = screen.out.rpartition("\x1b[2J")
    assert (before.count("one"), after.count("one"), after.count("two")) == (1, 1, 1)
    assert after.index("run 2") < after.index("one") < after.index("two")


def test_a_file_is_not_cleared_and_has_each_line_once(screen: Screen) -> None:
    shown(screen, (2, BEGINS), (2, wrote("one\n")), header(2), clear=True)
    assert screen.out.count("one") == 1
