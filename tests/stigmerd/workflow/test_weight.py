"""What a value weighs is what it would be as JSON, however it is counted."""

from __future__ import annotations

import json
from typing import Any

import pytest

from stigmerd.workflow.weight import finished, flat, weighing, weight_of

VALUES: list[Any] = [
    None,
    True,
    12.5,
    "text",
    [],
    {},
    [1, 2, [3, {"a": None}]],
    {"a": {"b": {"c": ["x" * 2000, "é"]}}},
    {f"n{number}": number for number in range(100)},
]


@pytest.mark.parametrize("value", VALUES, ids=str)
def test_it_is_near_the_length_of_the_json(value: Any) -> None:
    written = len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())
    assert written <= weight_of(value).bytes + 2 <= 3 * written + 8
    assert flat(value) in (None, weight_of(value))


def test_what_is_in_it_twice_counts_twice_and_is_looked_at_once() -> None:
    value: Any = ["x" * 1000]
    for _ in range(100):
        value = [value, value]
    weight = weight_of(value)
    assert weight.bytes > 1000 * 2**100
    assert weight.levels == 101


def test_it_ends_early_when_that_is_enough() -> None:
    assert weight_of(["x" * 100] * 100, 1000).more
    deep: Any = []
    for _ in range(50):
        deep = [deep]
    assert weight_of(deep, None, 20).more
    assert not weight_of(deep, None, 51).more


def test_others_get_a_turn() -> None:
    pieces = weighing(list(range(100_000)))
    assert next(pieces) is None
    assert finished(pieces).parts == 100_001
