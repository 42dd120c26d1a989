"""The quick way gives exactly jq's answer, or none."""

from __future__ import annotations

from typing import Any

import jq
from hypothesis import given, settings
from hypothesis import strategies as st

from stigmerd.expressions.simple import NOT_SIMPLE, answer
from stigmerd.workflow.state import canonical

NAMES = st.sampled_from(["a", "b", "item", "and", "if", "_x", "A1", "é", "a b", "x-y", "", "end", "def", "1"])
SCALARS = st.none() | st.booleans() | st.integers(-5, 5) | st.floats() | st.integers() | st.text(max_size=5)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)
STEPS = st.one_of(
    NAMES.map(lambda name: f".{name}"),
    NAMES.map(lambda name: f'["{name}"]'),
    NAMES.map(lambda name: f'.["{name}"]'),
    st.integers(0, 3).map(lambda index: f"[{index}]"),
    st.integers(0, 3).map(lambda index: f".[{index}]"),
    st.sampled_from(
        ["[-1]", ".", "..", "[]", "[0:1]", "?", " .a", " | .a", '["\\(1)"]', '."a"', "[1.5]", "[01]"]
    ),
)
ROOTS = st.sampled_from([".", "", "$context", "$data", "$datax", "$env", "$__loc__", "$nothing", "$data::x"])
LITERALS = st.sampled_from(
    [
        "true",
        "null",
        "12",
        "012",
        "1.50",
        "-3",
        '"text"',
        '"\\n"',
        '"\\(1)"',
        '"é"',
        '""',
        "nan",
        "'a'",
        "999999999999999",
    ]
)
PROGRAMS = st.builds(lambda root, steps: root + "".join(steps), ROOTS, st.lists(STEPS, max_size=4)) | LITERALS


@settings(max_examples=400, deadline=None)
@given(program=PROGRAMS, dot=VALUES, data=VALUES, context=VALUES)
def test_the_quick_way_never_differs(program: str, dot: Any, data: Any, context: Any) -> None:
    dot, data, context = canonical(dot), canonical(data), canonical(context)
    variables = {"data": data, "context": context, "env": {}, "input": None, "output": None}
    quick = answer(program, dot, variables)
    if quick is NOT_SIMPLE:
        return
    slow = canonical(next(iter(jq.compile(program, args=variables).input_value(dot)), None))
    assert repr(_sorted(quick)) == repr(_sorted(slow))


def test_what_workflows_ask_most_is_quick() -> None:
    variables = {"context": {"t": {"f": 1}}, "data": {"x": [1, 2]}}
    quick = {
        ".": {"item": {"id": 3}},
        ".item.id": 3,
        '$context["t"].f': 1,
        "$context.t.f": 1,
        "$data.x[1]": 2,
        "$data.x[7]": None,
        ".nothing.at.all": None,
    }
    for program, expected in quick.items():
        assert answer(program, {"item": {"id": 3}}, variables) == expected


def test_where_jq_would_fail_jq_is_asked() -> None:
    for program in (".a.b", ".a[0]", ".b.c", ".b.c.d"):
        assert answer(program, {"a": 1, "b": [1]}, {}) is NOT_SIMPLE


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(each) for each in value] if isinstance(value, list) else value
