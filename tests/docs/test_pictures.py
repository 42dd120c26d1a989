"""The pictures show what a run shows today, in both schemes, and need nothing from elsewhere."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.docs.film import HOME, Cell, normal, text_of
from tests.docs.stories import FOLDER, pictures, record
from tests.docs.svg import SCHEMES, film, lines_of, picture
from tests.support.paths import ROOT
from tests.support.world import World

NAMES = ("run", "watch")
README = (ROOT / "README.md").read_text("utf-8")


def test_they_show_what_is_shown_today(world: World) -> None:
    """A line more is a slow machine's; a line less is another output."""
    today = record(world)
    assert {file.name for file in FOLDER.iterdir()} == pictures(today).keys()
    for file in FOLDER.iterdir():
        lost = lines_of(file.read_text("utf-8")) - today.lines
        assert lost == set(), f"{file.name}: write them again: python -m tests.docs.write_pictures"


@pytest.mark.parametrize("name", NAMES)
def test_both_schemes_show_the_same(name: str) -> None:
    light, dark = (lines_of((FOLDER / f"{name}-{scheme}.svg").read_text("utf-8")) for scheme in SCHEMES)
    assert light == dark
    assert len(light) > 15


@pytest.mark.parametrize("file", sorted(FOLDER.iterdir()), ids=lambda file: file.name)
def test_a_picture_stands_alone(file: Path) -> None:
    text = file.read_text("utf-8")
    assert ElementTree.fromstring(text).tag == "{http://www.w3.org/2000/svg}svg"
    assert re.findall(r"https?://(?!www\.w3\.org/2000/svg)[^\s\"]*", text) == []
    assert "/tmp" not in text


def test_pages_show_them_in_both_schemes() -> None:
    for name in NAMES:
        page = README if name == "run" else (ROOT / "docs" / "watch.md").read_text("utf-8")
        for scheme in SCHEMES:
            assert f"pictures/{name}-{scheme}.svg" in page


def test_what_differs_from_run_to_run_is_replaced() -> None:
    row = normal([Cell(each, "green") for each in "done in 3.9s at 11:12:13 in /tmp/w/x"], "/tmp/w")
    assert text_of(row) == f"done in 12ms at 14:02:11 in {HOME}/x"
    assert {cell.colour for cell in row} == {"green"}


def test_frames_come_one_after_the_other() -> None:
    rows = [tuple(Cell(letter) for letter in f"row {number}") for number in range(3)]
    moving = film([("one", rows[:1], 1), ("two & more", rows, 3)], 2, "dark", "a title")
    ElementTree.fromstring(moving)
    assert lines_of(moving) == {"row0", "row1", "row2", "one", "two&more"}
    assert moving.count("@keyframes") == 2
    assert "25.000%" in moving
    assert "prefers-reduced-motion" in moving
    assert lines_of(picture(rows, "light", "a title")) == {"row0", "row1", "row2"}
