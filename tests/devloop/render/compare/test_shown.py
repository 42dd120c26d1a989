"""Two answers on the screen."""

from __future__ import annotations

import io
import os

import pytest

from devloop.render.compare.shown import show_comparison
from devloop.terminal.stream import Terminal

BEFORE = "Hello Ada.\nThe weather is fine.\nBye."
AFTER = "Hello Ada.\nThe weather is very bad.\nBye."


def shown(before: str, after: str, *, colour: bool = False, interactive: bool = False) -> str:
    stream = io.StringIO()
    show_comparison(Terminal(stream, colour=colour, interactive=interactive), before, after)
    return stream.getvalue()


@pytest.fixture
def columns(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    monkeypatch.setenv("COLUMNS", str(request.param))
    monkeypatch.setenv("LINES", "40")
    assert os.environ["COLUMNS"]


def test_without_a_terminal_one_follows_the_other() -> None:
    assert shown(BEFORE, AFTER).splitlines() == [
        "- before",
        "+ now",
        "  Hello Ada.",
        "- The weather is [-fine-].",
        "+ The weather is {+very bad+}.",
        "  Bye.",
    ]


@pytest.mark.parametrize("columns", [100], indirect=True)
def test_where_it_is_wide_they_stand_side_by_side(columns: None) -> None:
    head, first, second, third = shown(BEFORE, AFTER, interactive=True).splitlines()
    assert head.split(" │ ") == [f"{'before':48}", "now"]
    assert first.split(" │ ") == [f"{'Hello Ada.':48}", "Hello Ada."]
    assert second.split(" │ ") == [f"{'The weather is [-fine-].':48}", "The weather is {+very bad+}."]
    assert third.split(" │ ") == [f"{'Bye.':48}", "Bye."]


@pytest.mark.parametrize("columns", [90], indirect=True)
def test_long_lines_are_broken_between_words_and_stay_in_their_column(columns: None) -> None:
    words = " ".join(["word"] * 30)
    lines = shown(words, f"{words} end", interactive=True).splitlines()
    assert len(lines) > 3
    assert {line.index("│") for line in lines} == {44}
    assert all(len(line) <= 90 for line in lines)
    assert "".join(line.split("│")[0] for line in lines[1:]).split() == words.split()


@pytest.mark.parametrize("columns", [100], indirect=True)
def test_wide_signs_take_two_columns(columns: None) -> None:
    lines = shown("日本語です a", "日本語です b", colour=True, interactive=True).splitlines()
    assert lines[1].startswith("日本語です \x1b[31ma\x1b[0m")
    assert lines[1].count(" ") >= 48 - 12


def test_much_that_is_the_same_is_folded() -> None:
    same = "\n".join(f"line {number}" for number in range(20))
    lines = shown(f"{same}\nold", f"{same}\nnew").splitlines()
    assert lines[2:] == ["… 18 lines the same", "  line 18", "  line 19", "- old", "+ new"]


def test_the_same_answers() -> None:
    assert shown(AFTER, AFTER) == "the answers are the same\n"


def test_an_answer_cannot_control_the_terminal() -> None:
    assert "\x1b[2J" not in shown("a\x1b[2J", "b\x1b[2J")
