"""JSON that a model answers is shown as it is written."""

from __future__ import annotations

import json

import pytest

from devloop.render.live.markdown import rendered
from devloop.render.live.messages import as_code

ANSWER = json.dumps(
    {"name": "a *long* __name__", "items": [{"price": 2.5}], "note": "# no heading"}, indent=2
)


def test_json_keeps_its_lines_and_signs() -> None:
    shown = rendered(as_code(ANSWER), 80, colour=False)
    assert [line.removeprefix("  ") for line in shown.splitlines()] == ANSWER.splitlines()


@pytest.mark.parametrize("text", ["**bold**", "{ not json }", "[link](https://x)", "", "7"])
def test_other_text_is_what_it_was(text: str) -> None:
    assert as_code(text) == text
