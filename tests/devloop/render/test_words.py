"""Numbers and names, as people read them."""

from __future__ import annotations

import json

import pytest

from devloop.render.words import duration, one_line, pretty_json, task_label


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "<1ms"),
        (0.0124, "12ms"),
        (0.9994, "999ms"),
        (1.0, "1s"),
        (3.21, "3.2s"),
        (9.97, "10s"),
        (59.6, "59.6s"),
        (59.96, "1m 0s"),
        (125, "2m 5s"),
        (3725, "1h 2m"),
    ],
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("path", "name", "label"),
    [
        ("fetch", "fetch", "fetch"),
        ("each[2]/price", "price", "each[2]/price"),
        ("each[2]", "each", "each[2]"),
        ("tsk-01hx", "fetch", "fetch"),
        ("fetch", "", "fetch"),
    ],
)
def test_a_task_has_its_path_unless_that_is_only_an_id(path: str, name: str, label: str) -> None:
    assert task_label(path, name) == label


def test_long_texts_are_cut_to_a_line() -> None:
    assert one_line("a\n  b\tc") == "a b c"
    assert one_line("x" * 200) == "x" * 159 + "…"


def test_a_long_output_is_spread_over_lines() -> None:
    assert pretty_json('{"a": 1}') == '{"a": 1}'
    wide = {"names": ["é" * 30, "x"], "all": [["y" * 88, {"n": 1}], {}], "few": [1, 2]}
    assert (
        pretty_json(json.dumps(wide))
        == f"""{{
  "names": ["{"é" * 30}", "x"],
  "all": [
    [
      "{"y" * 88}",
      {{"n": 1}}
    ],
    {{}}
  ],
  "few": [1, 2]
}}"""
    )
    assert pretty_json("no JSON " * 20) == "no JSON " * 20
