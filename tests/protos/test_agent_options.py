"""What an agent says beyond the contract goes through an annotation, and comes back."""

from __future__ import annotations

import pytest

from stigmer_api.agent_options import annotation_of, options_of
from stigmer_api.facts import OPTIONS_ANNOTATION


def test_options_come_back_as_they_were_said() -> None:
    said = annotation_of({"model": "openai:gpt-5", "limits": {"steps": 3}}, {"critic": {"model": "m"}})
    assert options_of(said) == {"model": "openai:gpt-5", "limits": {"steps": 3}}
    assert options_of(said, "critic") == {"model": "m"}
    assert options_of(said, "another") == {}


def test_an_agent_that_says_nothing_has_no_annotation() -> None:
    assert annotation_of({}, {"critic": {}}) == {}
    assert options_of({}) == {}


def test_the_order_of_options_is_no_change() -> None:
    assert annotation_of({"a": 1, "b": 2}, {}) == annotation_of({"b": 2, "a": 1}, {})


@pytest.mark.parametrize("text", ["{", "[]", "3", '{"sub_agents": []}', "[" * 100_000])
def test_what_is_no_object_is_said(text: str) -> None:
    with pytest.raises(ValueError, match=OPTIONS_ANNOTATION):
        options_of({OPTIONS_ANNOTATION: text})
    with pytest.raises(ValueError, match=OPTIONS_ANNOTATION):
        options_of({OPTIONS_ANNOTATION: text}, "critic")


def test_a_sub_agent_with_something_else_is_said() -> None:
    with pytest.raises(ValueError, match="critic"):
        options_of({OPTIONS_ANNOTATION: '{"sub_agents": {"critic": 3}}'}, "critic")
