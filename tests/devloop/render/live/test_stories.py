"""Stories look on a live screen as they did; `write_live` writes the files anew."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.devloop.render.live.stage import Stage
from tests.devloop.render.live.stories import GOLDEN, STORIES, played


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
def test_the_screens_of_a_story(story: Callable[[Stage], None]) -> None:
    assert played(story).text == (GOLDEN / f"{story.__name__}.txt").read_text("utf-8")
