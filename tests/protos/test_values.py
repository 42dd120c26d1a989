"""Values go into a Struct and come out of it again."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from google.protobuf.json_format import MessageToDict
from google.protobuf.struct_pb2 import Struct
from hypothesis import given
from hypothesis import strategies as st

from stigmer_api.values import (
    DEEPEST_STRUCT,
    WRITTEN_OUT,
    as_json,
    from_message,
    from_struct,
    set_struct,
    update_struct,
)
from stigmer_api.workflow_pb2 import WorkflowSpec
from stigmerd.workflow import state

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)
SCALARS = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False) | TEXTS
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner), max_leaves=30)


def struct(value: Any) -> Struct:
    message = Struct()
    set_struct(message, value)
    return message


@given(st.dictionaries(TEXTS, VALUES))
def test_it_is_what_protobuf_itself_writes_and_reads(value: dict[str, Any]) -> None:
    written = struct(value)
    if "Infinity" not in json.dumps(value):
        theirs = Struct()
        theirs.update(value)
        assert written == theirs
        assert from_struct(written) == MessageToDict(written)
    assert from_struct(written) == from_message(written)


def test_whole_numbers_are_ints_as_long_as_they_are_written_out() -> None:
    values = {"count": 3, "half": 0.5, "long": 2**53, "huge": 1e17, "negative": -2.0}
    out = from_struct(struct(values))
    assert {name: type(value) for name, value in out.items()} == {
        "count": int,
        "half": float,
        "long": int,
        "huge": float,
        "negative": int,
    }
    assert out == values
    assert (
        WRITTEN_OUT == state.WRITTEN_OUT
    )  # the interpreter, which imports nothing of ours, has the same rule


def test_names_are_in_order() -> None:
    value = {"b": 1, "a": {"d": 2, "c": 3}}
    assert json.dumps(from_struct(struct(value))) == '{"a": {"c": 3, "d": 2}, "b": 1}'
    spec = WorkflowSpec()
    update_struct(spec.tasks.add().task_config, value)
    assert list(from_message(spec)["tasks"][0]["taskConfig"]) == ["a", "b"]


def test_what_a_struct_cannot_hold_is_text() -> None:
    assert from_struct(struct({"n": math.inf, "i": 10**400}))["n"] == "inf"
    deep: Any = "end"
    for _ in range(DEEPEST_STRUCT + 10):
        deep = {"x": deep}
    assert from_struct(Struct.FromString(struct(deep).SerializeToString()))  # protobuf reads it


@pytest.mark.parametrize("value", [5, "text", [1, 2], None])
def test_what_is_no_object_is_wrapped(value: Any) -> None:
    assert from_struct(struct(value)) == {"value": value}


def test_as_json_is_one_line_or_nothing() -> None:
    assert as_json(struct({"ž": [1, "a"], "a": None})) == '{"a": null, "ž": [1, "a"]}'
    assert as_json(Struct()) == ""
