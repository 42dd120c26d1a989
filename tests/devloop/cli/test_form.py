"""The fields of a form that a server wants to be filled in."""

from __future__ import annotations

import json
from typing import Any

import pytest

from devloop.cli.answering.form import FormField, fields_of, problem_in


def field(required: bool = True, **schema: Any) -> FormField:
    return FormField(name="it", schema=schema, required=required)


TITLED = {"oneOf": [{"const": "s", "title": "Single"}, {"const": "d", "title": "Double"}]}


@pytest.mark.parametrize(
    ("schema", "text", "value"),
    [
        ({"type": "string"}, "Anne", "Anne"),
        ({"type": "integer", "minimum": 1, "maximum": 9}, "3", 3),
        ({"type": "number"}, "2.5", 2.5),
        ({"type": "boolean"}, "Y", True),
        ({"type": "boolean"}, "no", False),
        ({"type": "string", "enum": ["red", "blue"]}, "RED", "red"),
        ({"type": "string", "enum": ["r"], "enumNames": ["Red"]}, "red", "r"),
        ({"type": "string", **TITLED}, "double", "d"),
        ({"type": "array", "items": {"enum": ["a", "b", "c"]}}, "a, c", ["a", "c"]),
        ({"type": "string", "format": "email"}, "anne@example.com", "anne@example.com"),
        ({"type": "integer", "default": 7}, "", 7),
    ],
)
def test_what_is_typed(schema: dict[str, Any], text: str, value: Any) -> None:
    assert field(**schema).parsed(text) == value


@pytest.mark.parametrize(
    ("schema", "text", "said"),
    [
        ({"type": "string"}, "", "it is needed"),
        ({"type": "integer"}, "2.5", "a whole number"),
        ({"type": "integer", "minimum": 1}, "0", "at least 1"),
        ({"type": "number", "maximum": 1}, "2", "at most 1"),
        ({"type": "number"}, "many", "a number"),
        ({"type": "boolean"}, "perhaps", "y or n"),
        ({"type": "string", **TITLED}, "triple", "one of Single, Double"),
        ({"type": "string", "minLength": 3}, "ab", "at least 3 characters"),
        ({"type": "string", "maxLength": 1}, "ab", "at most 1 characters"),
        ({"type": "string", "format": "date"}, "tomorrow", "a date such as 2026-12-24"),
    ],
)
def test_what_does_not_fit(schema: dict[str, Any], text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        field(**schema).parsed(text)


def test_how_it_is_asked_for() -> None:
    assert (
        field(type="integer", title="Nights", description="how long", default=2).prompt
        == "Nights, how long [2]: "
    )
    assert field(type="boolean").prompt == "it (y/n): "
    assert field(required=False, type="string", enum=["a", "b"]).prompt == "it (a/b) (may be empty): "
    assert field(required=False, type="string").parsed("") is None


def test_what_is_no_form_has_no_fields() -> None:
    form = {
        "schema": {"properties": {"a": {"type": "string"}, "b": True}, "required": ["a"]},
        "problem": "a: no",
    }
    assert [(each.name, each.required) for each in fields_of(json.dumps(form))] == [("a", True)]
    assert problem_in(json.dumps(form)) == "a: no"
    for details in ("", "[]", "{", '{"schema": 3}'):
        assert list(fields_of(details)) == []
        assert problem_in(details) == ""
