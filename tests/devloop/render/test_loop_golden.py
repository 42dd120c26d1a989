"""Recorded watch loops look on the screen as they did; `write_screens` writes the files anew."""

from __future__ import annotations

import pytest

from tests.devloop.render.record_loops import STORIES
from tests.devloop.render.write_screens import FORMS, golden, shown, stories


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("story", stories())
def test_the_screen_of_a_loop(story: str, form: str) -> None:
    assert shown(story, form) == golden(story, form).read_text("utf-8")


def test_every_story_is_recorded() -> None:
    assert stories() == sorted(story.__name__ for story in STORIES)
