"""What an agent declares beyond the API, in `stigmer show`."""

from __future__ import annotations

from typing import Any

import pytest

from devloop.render.declared_options import function_lines, option_lines
from stigmer_api.agent_options import annotation_of
from stigmer_api.facts import OPTIONS_ANNOTATION

WEATHER = {
    "name": "get_weather",
    "description": "The forecast.\n\nOf some days.",
    "schema": {"properties": {"city": {"type": "string"}, "days": {"default": 1}, "unit": {"default": "c"}}},
}


def test_functions_are_shown_as_they_are_called() -> None:
    pay = {"name": "pay", "schema": {"properties": {}}, "requires_approval": True}
    said = annotation_of({"functions": [WEATHER, pay]}, {"aide": {"functions": [pay]}})
    assert list(function_lines(said)) == [
        'get_weather(city, days = 1, unit = "c"): The forecast.',
        "pay(), asks first",
    ]
    assert list(function_lines(said, "aide")) == ["pay(), asks first"]


def test_all_else_is_shown_as_it_is_said() -> None:
    said = annotation_of({"functions": [WEATHER], "limits": {"steps": 5}, "cut_off": "warn"}, {})
    assert list(option_lines(said)) == ['Cut off: "warn"', 'Limits: {"steps": 5}']


@pytest.mark.parametrize("text", ["", "{", "[]", '{"functions": 3}', '{"functions": [{"schema": 3}, 4]}'])
def test_what_others_wrote_is_no_reason_to_fail(text: str) -> None:
    said: dict[str, Any] = {OPTIONS_ANNOTATION: text}
    assert all(isinstance(line, str) for line in [*function_lines(said), *option_lines(said)])
