"""Forty and fifty columns: no table is broken, no key is lost."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from unittest import mock

import pyte
import pytest

from devloop.cli.choosing.labels import label
from devloop.loop.events import WatchReady
from devloop.render.choose import apply_renderer
from devloop.render.errors import error_block
from devloop.render.history import HistoryScreen
from devloop.render.loop_log import KEYS, PlainLoopLog
from devloop.render.output import Output
from devloop.render.several import SeveralScreen
from devloop.terminal.cells import cells
from runcmd.events import (
    AppliedChange,
    Event,
    Outcome,
    Phase,
    ResourceApplied,
    RunFinished,
    TargetKind,
)
from runcmd.history.past import PastExecution
from runcmd.resolve import Candidate
from tests.devloop.render import scripts
from tests.devloop.render.screens import Screen

NAMES = ("poet", "海の詩を書く人", "an-agent-with-a-rather-long-name-of-its-own")
ID = "aex-01m8ew84rabb8bch4pjsw4pjb{}"


@pytest.fixture(params=[40, 50])
def columns(request: pytest.FixtureRequest) -> Iterator[int]:
    with mock.patch.dict(os.environ, COLUMNS=str(request.param), LINES="24"):
        yield request.param


@pytest.fixture
def watched(screen: Screen) -> Screen:
    screen.out_terminal.interactive = screen.err_terminal.interactive = True
    return screen


def fit(text: str, columns: int) -> list[str]:
    """Its lines, none of which the terminal has to break."""
    lines = text.splitlines()
    assert [line for line in lines if cells(line) > columns and " " in line.strip()] == []
    return lines


def test_executions(watched: Screen, columns: int) -> None:
    past = [
        PastExecution(
            execution=ID.format(number),
            kind=TargetKind.AGENT,
            target=name,
            phase=Phase.COMPLETED,
            started_at="2026-11-27T12:00:00Z",
            seconds=18.2,
        )
        for number, name in enumerate(NAMES)
    ]
    HistoryScreen(watched.out_terminal, Output.AUTO, datetime(2026, 11, 27, 13, tzinfo=UTC)).show(past)
    shown = " ".join(fit(watched.out, columns))
    for each in past:
        assert each.execution in shown
        assert each.target in shown
    assert shown.count("Completed") == shown.count("18.2s") == shown.count("1h ago") == len(NAMES)


def test_what_was_deployed(watched: Screen, columns: int) -> None:
    renderer = apply_renderer(Output.AUTO, watched.out_terminal, watched.err_terminal)
    for name in NAMES:
        renderer.show(
            ResourceApplied(
                kind=TargetKind.AGENT, name=name, slug=name, id=ID, change=AppliedChange.UNCHANGED
            )
        )
    renderer.show(RunFinished(outcome=Outcome.SUCCEEDED, exit_code=0))
    shown = " ".join(fit(watched.out, columns))
    assert all(name in shown for name in NAMES)
    assert shown.count("✓ Unchanged") == len(NAMES)


def test_how_several_ended(watched: Screen, columns: int) -> None:
    several = SeveralScreen(Output.AUTO, watched.out_terminal, watched.err_terminal, ())
    several.finish(
        {
            name: RunFinished(outcome=Outcome.SUCCEEDED, exit_code=0, execution=ID, seconds=0.5)
            for name in NAMES
        }
    )
    shown = " ".join(fit(watched.out, columns))
    assert all(name in shown for name in NAMES)


def test_the_keys_of_the_loop(watched: Screen, columns: int) -> None:
    PlainLoopLog(watched.out_terminal, watched.err_terminal, clear=False).show(
        WatchReady(gen=1, files=123, watcher="scan", keys=True, paused=False)
    )
    shown = " · ".join(line.strip() for line in fit(watched.out, columns))
    assert shown == f"watching 123 files · {KEYS}"


def test_keys_on_several_lines_disappear_when_something_is_written(watched: Screen, columns: int) -> None:
    watched.out_terminal.cursor = True
    log = PlainLoopLog(watched.out_terminal, watched.err_terminal, clear=False)
    watched.out_terminal.line("before")
    for _ in range(3):
        log.show(WatchReady(gen=1, files=123, watcher="scan", keys=True, paused=False))
        watched.out_terminal.line("after")
    seen = pyte.Screen(columns, 24)
    seen.set_mode(pyte.modes.LNM)
    pyte.Stream(seen).feed(watched.out)
    lines = [line.strip() for line in seen.display if line.strip()]
    assert lines == ["before", "after", "after", "after"]


@pytest.mark.parametrize("events", [scripts.WORKFLOW, scripts.AGENT, scripts.FAILED, scripts.NESTED])
def test_rules_are_as_wide_as_the_screen(watched: Screen, columns: int, events: list[Event]) -> None:
    rules = re.findall("─+", watched.plain(events).out)
    assert {len(rule) for rule in rules} == {columns}


def test_choices(columns: int) -> None:
    for name in NAMES:
        candidate = Candidate(
            kind=TargetKind.AGENT, name=name, slug=name, id="", description="writes 詩 about the sea " * 5
        )
        shown = label(candidate, columns)
        assert cells(shown) <= columns
        assert shown.startswith("[Agent] ")
        assert shown.endswith(("…", name[-5:]))
        assert name[-8:] in shown or len(name) < 8


def test_what_nobody_looks_at_has_whole_lines(screen: Screen, columns: int) -> None:
    PlainLoopLog(screen.out_terminal, screen.err_terminal, clear=False).show(
        WatchReady(gen=1, files=123, watcher="scan", keys=True, paused=False)
    )
    assert screen.out.strip() == f"watching 123 files · {KEYS}"


def test_an_ascii_terminal_gets_dots_and_arrows_of_ascii() -> None:
    screen = Screen("ascii")
    screen.out_terminal.line("a › b → c · d … “e” é")
    assert screen.out == 'a > b -> c - d ... "e" \\xe9\n'


@pytest.mark.parametrize("events", [scripts.WORKFLOW, scripts.AGENT, scripts.FAILED])
def test_our_own_sentences_are_broken_between_words(
    watched: Screen, columns: int, events: list[Event]
) -> None:
    watched.plain(events, named=events is scripts.WORKFLOW)
    fit(watched.out, columns)
    fit(watched.err, columns)


def test_an_id_in_an_error_stays_whole(watched: Screen, columns: int) -> None:
    error_block(
        watched.err_terminal, f"no execution with the id {ID}", "see: stigmer executions list", code=""
    )
    assert f"\n  {ID}\n" in watched.err
