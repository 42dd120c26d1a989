"""What of a menu is shown, on any screen, and what its keys choose."""

from __future__ import annotations

import pytest

from devloop.cli.choosing.labels import label
from devloop.cli.choosing.menu import Menu
from devloop.cli.choosing.screen import lines
from devloop.terminal.cells import cells
from runcmd.events import TargetKind
from runcmd.resolve import Candidate


def candidate(name: str, kind: TargetKind = TargetKind.WORKFLOW, description: str = "") -> Candidate:
    return Candidate(kind=kind, name=name, slug=name, id=name, description=description)


REVIEWER = candidate("reviewer", TargetKind.AGENT, "Reads pull requests")
REPORT = candidate("report", description="Tells the reviewer what a week was like")
CAFE = candidate("café", description="週報をまとめて、みんなに送ります。" * 5)
THREE = [REVIEWER, REPORT, CAFE]


def names(menu: Menu) -> list[str]:
    return [each.name for each in menu.matches]


@pytest.mark.parametrize(
    ("typed", "matching"),
    [
        ("", ["reviewer", "report", "café"]),
        ("rep", ["report"]),
        ("REVIEWER", ["reviewer", "report"]),  # names before descriptions
        ("week report", ["report"]),
        ("agent", ["reviewer"]),
        ("é", ["café"]),
        ("週", ["café"]),
        ("nothing", []),
    ],
)
def test_what_is_typed_narrows_the_choices(typed: str, matching: list[str]) -> None:
    menu = Menu(THREE)
    menu.type(typed)
    assert names(menu) == matching
    assert menu.pointed == (menu.matches[0] if matching else None)


def test_a_letter_can_be_taken_back() -> None:
    menu = Menu(THREE)
    menu.type("repx")
    menu.move(1)
    assert menu.pointed is None
    menu.erase()
    assert menu.pointed == REPORT
    menu.clear()
    assert names(menu) == [each.name for each in THREE]


def test_control_characters_are_no_text() -> None:
    menu = Menu(THREE)
    menu.type("re\x1b\x07p\n")
    assert menu.typed == "rep"


def test_up_from_the_first_is_the_last_but_a_page_stops_at_the_end() -> None:
    menu = Menu(THREE)
    menu.move(-1)
    assert menu.pointed == CAFE
    menu.move(1)
    assert menu.pointed == REVIEWER
    menu.jump(-5)
    assert menu.pointed == REVIEWER
    menu.jump(5)
    assert menu.pointed == CAFE


@pytest.mark.parametrize("height", range(1, 30))
@pytest.mark.parametrize("at", [0, 1, 7, 18, 19])
def test_the_choice_that_is_pointed_at_is_always_shown(height: int, at: int) -> None:
    menu = Menu([candidate(f"flow-{number}") for number in range(20)])
    menu.move(at)
    window = menu.window(height)
    assert menu.pointed in window.rows
    assert window.above + len(window.rows) + window.below == 20
    assert len(window.rows) + bool(window.above) + bool(window.below) <= max(height, 3)


@pytest.mark.parametrize("plain", [False, True])
@pytest.mark.parametrize("columns", [20, 21, 30, 50, 80, 200])
@pytest.mark.parametrize("rows", [5, 6, 8, 24, 100])
def test_nothing_is_wider_or_longer_than_the_screen(rows: int, columns: int, plain: bool) -> None:
    menu = Menu(THREE + [candidate(f"a-name-that-is-really-long-{number}" * 2) for number in range(30)])
    for typed in ("", "a", "zz" * 100):
        menu.clear()
        menu.type(typed)
        drawn = "".join(text for _, text in lines(menu, rows, columns, plain=plain)).split("\n")
        assert len(drawn) <= rows
        assert max(map(cells, drawn)) < columns
        assert (
            not plain
            or "".join(drawn).replace("…", "").replace("café", "").isascii()
            or "週" in "".join(drawn)
        )


def test_the_kind_and_the_description_stand_beside_the_name() -> None:
    assert label(REVIEWER) == "[Agent] reviewer - Reads pull requests"
    assert label(REVIEWER, 25) == "[Agent] reviewer - Reads…"
    assert label(REVIEWER, 20) == "[Agent] reviewer"
    assert cells(label(CAFE, 40)) <= 40
