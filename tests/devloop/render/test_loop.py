"""A watch loop as people and programs see it."""

from __future__ import annotations

import json
import re
from dataclasses import replace

from devloop.loop.events import (
    BackendBack,
    BackendLost,
    Cause,
    ChangeSeen,
    Dependency,
    EditBroken,
    Explained,
    ExplanationShown,
    FileUncounted,
    HistoryShown,
    LeftoverCancelled,
    LoopEvent,
    NotAffected,
    PastRun,
    PauseReason,
    RunStarted,
    RunSuperseded,
    StormPaused,
    TargetMissing,
    WatchEnding,
    WatchFinished,
    WatchNoted,
    WatchPaused,
    WatchReady,
)
from devloop.render.loop import LoopScreen
from devloop.render.output import Output
from devloop.terminal.stream import Terminal
from runcmd.events import (
    CancelFinished,
    CancelOutcome,
    CancelReason,
    CancelStarted,
    Event,
    ExecutionCreated,
    MessageGrew,
    MessageStarted,
    Outcome,
    Role,
    RunFinished,
    TargetKind,
    TaskStarted,
)
from tests.devloop.render.screens import Screen

STARTED = RunStarted(
    gen=9,
    run=7,
    cause=Cause.CHANGE,
    changed=("prompts/review.md", "main.py", "a.py", "b.py"),
    applied=1,
    total=3,
)


def shown(
    screen: Screen,
    *events: LoopEvent | tuple[int, Event] | tuple[int, Event, str],
    output: Output = Output.PLAIN,
) -> Screen:
    loop = LoopScreen(output, screen.out_terminal, screen.err_terminal, named=True, clear=False)
    loop.hide({"hunter2-hunter2"})
    for event in events:
        if isinstance(event, tuple):
            loop.show(*event)
        else:
            loop.emit(event)
    loop.close()
    return screen


def test_the_header_says_why_and_what(screen: Screen) -> None:
    out = shown(screen, STARTED).out
    assert re.fullmatch(
        r"── run 7 · changed prompts/review\.md, main\.py \(\+2\) · applied 1 of 3 · \d\d:\d\d:\d\d ──\n", out
    )


def test_the_header_without_line_drawing() -> None:
    screen = shown(Screen("ascii"), STARTED)
    assert screen.out.startswith("-- run 7 - changed prompts/review.md, main.py (+2) - applied 1 of 3 - ")


def test_the_status_line_tells_only_keys_that_work(screen: Screen) -> None:
    ready = WatchReady(gen=1, files=42, watcher="inotify", keys=True, paused=False)
    quiet = WatchReady(gen=1, files=1, watcher="inotify", keys=False, paused=True)
    assert shown(screen, ready, quiet).out == (
        "watching 42 files · r rerun · c cancel · p pause · h history · e explain · q quit\n"
        "paused, watching 1 file\n"
    )


def test_a_superseded_run_takes_one_line(screen: Screen) -> None:
    screen = shown(
        screen,
        STARTED,
        (9, ExecutionCreated(execution="wex-1", kind=TargetKind.WORKFLOW, name="x")),
        RunSuperseded(gen=9, by=10),
        (9, CancelStarted(execution="wex-1", reason=CancelReason.SUPERSEDED)),
        (9, TaskStarted(task="late", name="late", kind="set")),
        (9, CancelFinished(execution="wex-1", outcome=CancelOutcome.CONFIRMED, seconds=0.012)),
        (9, RunFinished(outcome=Outcome.CANCELLED, exit_code=1, execution="wex-1")),
    )
    assert screen.out.endswith("Execution ID: wex-1\n\nrun 7 cancelled (12ms)\n")
    assert screen.err == ""


def test_a_superseded_run_that_goes_on_is_told_of(screen: Screen) -> None:
    detached = RunFinished(
        outcome=Outcome.DETACHED,
        exit_code=1,
        execution="wex-1",
        error="detached; still running on the server: wex-1",
        hint="stop it with: stigmer executions cancel wex-1",
    )
    screen = shown(screen, STARTED, RunSuperseded(gen=9, by=10), (9, detached))
    assert "still running on the server: wex-1" in screen.err
    assert "stigmer executions cancel wex-1" in screen.err


def test_what_a_go_program_is_made_of(screen: Screen) -> None:
    built, left_out = "built into the Go program", "not built: its build constraint leaves it out"
    files = [Explained(path=path, reason=built) for path in ("main.go", "util/util.go")]
    out = shown(
        screen,
        ExplanationShown(
            gen=2,
            cause=Cause.START,
            changed=(),
            seen=(),
            made_of=(*files, Explained(path="gen.go", reason=left_out)),
        ),
    ).out
    assert out == (
        "the last run started because of: start\n"
        f"main.go, util/util.go: {built}\ngen.go: {left_out}\nevery file event counted\n"
    )


def test_what_the_loop_says(screen: Screen) -> None:
    kind = TargetKind.AGENT
    screen = shown(
        screen,
        NotAffected(gen=2, kind=kind, name="deployer", changed=("notes.md",), applied=1, total=3),
        TargetMissing(gen=3, kind=kind, name="deployer", applied=0, total=2),
        TargetMissing(gen=3, kind=kind, name="x", applied=0, total=2, hint='did you mean "y"?'),
        WatchPaused(gen=3, reason=PauseReason.ASKED),
        ChangeSeen(gen=4, created=(), modified=("a.py",), deleted=(), held=True),
        BackendBack(gen=4, seconds=3.2),
        LeftoverCancelled(gen=4, execution="wex-1", outcome=CancelOutcome.CONFIRMED),
        FileUncounted(gen=4, path="main.pyc", reason="ignored"),
        FileUncounted(gen=4, path="", reason="scanned"),
        WatchEnding(gen=4, reason="q was pressed", seconds=3),
    )
    assert screen.out == (
        "notes.md: deployer is unaffected: not rerun (applied 1 of 3)\n"
        'The code no longer declares agent "deployer"; waiting for it\n'
        'The code no longer declares agent "x" (did you mean "y"?); waiting for it\n'
        "Paused: changes start no run; p resumes, r runs once\n"
        "noted: a.py changed\n"
        "The backend is back (3.2s)\n"
        "Cancelled wex-1, which an earlier watch loop had left running\n"
        "main.pyc: ignored\n"
        "(everything): scanned\n"
        "ending: q was pressed (it may take 3 s)\n"
    )


def test_trouble_goes_to_standard_error(screen: Screen) -> None:
    screen = shown(
        screen,
        EditBroken(gen=2, error="main.py:3: NameError: x", details=("Traceback",), running=True),
        StormPaused(gen=3, files=("out.json",), ignore=("/out.json",)),
        BackendLost(gen=3, reason="cannot reach it"),
        WatchNoted(gen=3, text=".gitignore:4: a [ without an end", hint="it ignores nothing"),
        WatchFinished(gen=3, exit_code=130, runs=3, left=("wex-1",)),
    )
    assert screen.out == "the current run continues\n"
    for text in (
        "main.py:3: NameError: x",
        "Traceback",
        "  /out.json",
        "cannot reach it",
        ".gitignore:4: a [ without an end",
        "it ignores nothing",
        "wex-1 may still",
    ):
        assert text in screen.err


def test_the_history_is_a_table(screen: Screen) -> None:
    runs = (
        PastRun(
            gen=1, run=1, at="14:02:11", cause=Cause.START, changed=(), execution="wex-1",
            outcome=Outcome.SUCCEEDED, seconds=3.0,
        ),
        PastRun(
            gen=2, run=2, at="14:03:00", cause=Cause.CHANGE, changed=("main.py",), execution="wex-2",
            outcome=None, seconds=None,
        ),
    )  # fmt: skip
    assert shown(screen, HistoryShown(gen=2, runs=runs)).out == (
        "RUN   AT         WHY       END         TIME   EXECUTION\n"
        "1     14:02:11   start     succeeded   3s     wex-1\n"
        "2     14:03:00   main.py   running            wex-2\n"
    )


def test_programs_get_everything_with_its_generation(screen: Screen) -> None:
    said = MessageStarted(index=0, role=Role.AI, text="hello hunter2-hunter2")
    screen = shown(screen, STARTED, (9, said), RunSuperseded(gen=9, by=10), output=Output.JSON)
    records = [json.loads(line) for line in screen.out.splitlines()]
    assert [(each["event"], each["gen"]) for each in records] == [
        ("run_started", 9),
        ("message_started", 9),
        ("run_superseded", 9),
    ]
    assert "hunter2" not in screen.out


def test_secrets_are_hidden_in_what_the_loop_says(screen: Screen) -> None:
    broken = EditBroken(gen=2, error="ValueError: hunter2-hunter2", details=("key = 'hunter2-hunter2'",))
    assert "hunter2" not in shown(screen, broken).err


def test_the_quiet_form_has_only_answers_and_trouble(screen: Screen) -> None:
    screen = shown(
        screen,
        STARTED,
        (9, RunFinished(outcome=Outcome.SUCCEEDED, exit_code=0, execution="wex-1", answer="42")),
        WatchReady(gen=9, files=42, watcher="inotify", keys=False, paused=False),
        EditBroken(gen=10, error="NameError: x"),
        output=Output.QUIET,
    )
    assert (screen.out, screen.err) == ("42\n", "Error: NameError: x\n")


def test_an_explanation_names_what_a_run_depends_on(screen: Screen) -> None:
    depends = (
        Dependency(name="one", any_file=False, files=("a.py", "b.txt"), more=3),
        Dependency(name="b", any_file=True, files=(), more=0),
        Dependency(name="three", any_file=False, files=(), more=0),
    )
    out = shown(screen, ExplanationShown(gen=2, cause=None, changed=(), seen=(), depends=depends)).out
    assert out.splitlines()[:3] == [
        "one depends on its definition, the variables, and what it uses when it runs: a.py, b.txt and 3 more",
        "b depends on its definition, the variables, and every file here: it calls functions of the project",
        "three depends on its definition and the variables",
    ]


def test_the_screen_is_cleared_once_for_runs_that_begin_together() -> None:
    screen = Screen()
    out = Terminal(screen.out_terminal._stream, cursor=True)
    loop = LoopScreen(Output.PLAIN, out, screen.err_terminal, named=True, clear=True)
    for run, target in enumerate(("a", "b"), 1):
        loop.emit(replace(STARTED, run=run, target=target, mark=target))
        finished = RunFinished(outcome=Outcome.SUCCEEDED, exit_code=0, kind=TargetKind.WORKFLOW, name=target)
        loop.show(STARTED.gen, finished, target)
    _before, _, after = screen.out.partition("\x1b[2J")
    assert ("run 1 · a" in after, "run 2 · b" in after, "\x1b[2J" in after) == (True, True, False)


def test_each_line_of_a_run_beside_another_has_its_mark(screen: Screen) -> None:
    """Also a text that grows, whose lines are shown when they are whole."""
    started = replace(STARTED, target="a", mark="a run 7")
    out = shown(
        screen,
        started,
        (9, MessageStarted(index=1, role=Role.AI, text="There are\n3 or"), "a"),
        (9, MessageGrew(index=1, role=Role.AI, more="ders.\n"), "a"),
    ).out
    assert out.splitlines()[0].startswith("── run 7 · a · changed")
    lines = [line for line in out.splitlines()[1:] if line]
    assert all(line.startswith("[a run 7] ") for line in lines)
    assert lines[-1] == "[a run 7] 3 orders."


def test_an_answer_alone_has_no_mark(screen: Screen) -> None:
    started = replace(STARTED, target="a", mark="a")
    finished = RunFinished(outcome=Outcome.SUCCEEDED, exit_code=0, answer="42", execution="wex-1")
    assert shown(screen, started, (9, finished, "a"), output=Output.QUIET).out == "42\n"


def test_programs_are_told_whose_event_it_is(screen: Screen) -> None:
    started = replace(STARTED, target="a", mark="a")
    task = TaskStarted(task="one", name="one", kind="set")
    first, second = shown(screen, started, (9, task, "a"), output=Output.JSON).out.splitlines()
    assert json.loads(first)["mark"] == "a"
    assert (json.loads(second)["gen"], json.loads(second)["target"]) == (9, "a")
