"""Executions in a list: what others started is below them."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from unittest import mock

import pytest

from devloop.render.history import HistoryScreen
from devloop.render.output import Output
from devloop.terminal.cells import cells
from runcmd.events import Phase, TargetKind
from runcmd.history.past import PastExecution
from tests.devloop.render.screens import Screen

NOW = datetime(2026, 11, 27, 13, tzinfo=UTC)


def past(number: int, name: str = "greeting", **more: Any) -> PastExecution:
    standard: dict[str, Any] = {
        "execution": f"wex-01m8ew84rabb8bch4pjsw4pjb{number}",
        "kind": TargetKind.WORKFLOW,
        "target": name,
        "phase": Phase.COMPLETED,
        "started_at": "2026-11-27T12:00:00Z",
        "seconds": 18.2,
    }
    return PastExecution(**standard | more)


PARENT = past(1, nested=2)
CHILD = past(2, "child", parent=PARENT.execution, nested=1)
GRANDCHILD = past(3, "grandchild", parent=CHILD.execution, phase=Phase.FAILED)
OTHER = past(4, "a-workflow-with-a-long-name")
NEWEST_FIRST = (OTHER, PARENT, GRANDCHILD, CHILD)


def shown(screen: Screen, found: Sequence[PastExecution], *, columns: int = 0, **more: Any) -> list[str]:
    terminal = screen.out_terminal
    terminal.interactive = columns > 0
    told = {name: more.pop(name) for name in ("more",) if name in more}
    with mock.patch.dict(os.environ, COLUMNS=str(columns), LINES="24"):
        HistoryScreen(terminal, more.pop("output", Output.PLAIN), NOW, **more).show(found, **told)
    return screen.out.splitlines()


def test_what_is_folded_is_counted(screen: Screen) -> None:
    lines = shown(screen, [OTHER, PARENT])
    assert [line.split()[0] for line in lines] == ["ID", OTHER.execution, PARENT.execution, "└"]
    assert lines[-1] == "└ 2 nested"


def test_unfolded_it_is_a_tree(screen: Screen) -> None:
    lines = shown(screen, NEWEST_FIRST, folded=False)
    ids = [
        line[: line.index(each.execution)]
        for line, each in zip(lines[2:], (PARENT, CHILD, GRANDCHILD), strict=True)
    ]
    assert ids == ["", "└ ", "  └ "]
    assert "Failed" in lines[-1]


def test_what_was_looked_for_says_where_it_was(screen: Screen) -> None:
    lines = shown(screen, [GRANDCHILD], filtered=True)
    assert lines[-1] == f"└ in {CHILD.execution}"


def test_nothing(screen: Screen) -> None:
    assert shown(screen, [], filtered=True) == ["No execution is like that."]


@pytest.mark.parametrize("columns", [80, 100, 120])
def test_a_terminal_has_room_for_one_line_each(screen: Screen, columns: int) -> None:
    running = past(5, phase=Phase.IN_PROGRESS, seconds=None)
    lines = shown(screen, [running, OTHER], columns=columns, more=True)
    assert max(map(cells, lines)) <= columns
    assert len(lines) == 4
    assert "1h 0m" in lines[1]  # so far
    assert lines[-1] == "There are older ones: --all, or --count N"


@pytest.mark.parametrize("columns", [40, 50])
def test_a_narrow_one_shows_ids_whole(screen: Screen, columns: int) -> None:
    lines = shown(screen, NEWEST_FIRST, columns=columns, folded=False)
    assert [line for line in lines if cells(line) > columns and " " in line.strip("└ ")] == []
    assert all(any(each.execution in line for line in lines) for each in NEWEST_FIRST)


def test_programs_get_parents_first(screen: Screen) -> None:
    lines = shown(screen, NEWEST_FIRST, output=Output.JSON)
    objects = [json.loads(line) for line in lines]
    assert [each["execution"] for each in objects] == [
        each.execution for each in (OTHER, PARENT, CHILD, GRANDCHILD)
    ]
    assert objects[2]["parent"] == PARENT.execution
