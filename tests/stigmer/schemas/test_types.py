"""Python types as JSON Schema, and JSON as values of these types."""

from __future__ import annotations

import enum
import typing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, NewType, NotRequired, Required, TypedDict
from uuid import UUID

import annotated_types
import pydantic
import pytest
from pydantic import BaseModel, TypeAdapter

from stigmer import DeclarationError
from stigmer.schemas.kinds import WrongValueError
from stigmer.schemas.plain import plain
from stigmer.schemas.types import kind_of, schema_of

ID = "6f1a3d5c-0000-4000-8000-000000000001"


class Unit(enum.Enum):
    CELSIUS = "c"
    FAHRENHEIT = "f"


@dataclass
class Item:
    """One line of an order.

    Attributes:
        name: of the article
    """

    name: str
    amount: int = 1
    parts: list[Item] = field(default_factory=list)


class Address(TypedDict, total=False):
    city: Required[str]
    street: str


class Person(TypedDict):
    name: str
    home: NotRequired[Address]


class Point(NamedTuple):
    x: float
    y: float = 0.0


class Invoice(BaseModel):
    total: float = pydantic.Field(ge=0, description="in EUR")
    items: list[Item] = []


@dataclass
class Order:
    invoice: Invoice


UserId = NewType("UserId", int)

# type → (its schema, JSON, the value that it becomes)
GOOD: dict[str, tuple[Any, dict[str, Any], Any, Any]] = {
    "text": (str, {"type": "string"}, "x", "x"),
    "whole number": (int, {"type": "integer"}, 3, 3),
    "whole number as text": (int, {"type": "integer"}, "3", 3),
    "whole number with a point": (int, {"type": "integer"}, 3.0, 3),
    "number": (float, {"type": "number"}, 3, 3.0),
    "truth": (bool, {"type": "boolean"}, "true", True),
    "null": (None, {"type": "null"}, None, None),
    "anything": (Any, {}, [1], [1]),
    "choice": (Literal["a", 1], {"enum": ["a", 1]}, 1, 1),
    "enum": (Unit, {"enum": ["c", "f"], "type": "string"}, "c", Unit.CELSIUS),
    "optional": (int | None, {"anyOf": [{"type": "integer"}, {"type": "null"}]}, None, None),
    "the exact one of a union": (int | str, {"anyOf": [{"type": "integer"}, {"type": "string"}]}, "3", "3"),
    "list": (list[int], {"type": "array", "items": {"type": "integer"}}, ["1"], [1]),
    "bare list": (list, {"type": "array", "items": {}}, [None], [None]),
    "sequence": (Sequence[str], {"type": "array", "items": {"type": "string"}}, ["a"], ["a"]),
    "set": (
        set[int],
        {"type": "array", "items": {"type": "integer"}, "uniqueItems": True},
        [1, 1],
        {1},
    ),
    "tuple": (
        tuple[int, str],
        {
            "type": "array",
            "prefixItems": [{"type": "integer"}, {"type": "string"}],
            "minItems": 2,
            "maxItems": 2,
        },
        [1, "a"],
        (1, "a"),
    ),
    "any tuple": (tuple[int, ...], {"type": "array", "items": {"type": "integer"}}, [1, 2], (1, 2)),
    "dict": (
        dict[str, int],
        {"type": "object", "additionalProperties": {"type": "integer"}},
        {"a": 1},
        {"a": 1},
    ),
    "mapping by numbers": (
        Mapping[int, str],
        {"type": "object", "additionalProperties": {"type": "string"}},
        {"7": "a"},
        {7: "a"},
    ),
    "date and time": (
        datetime,
        {"type": "string", "format": "date-time"},
        "2026-01-02T03:04:05",
        datetime(2026, 1, 2, 3, 4, 5),
    ),
    "date": (date, {"type": "string", "format": "date"}, "2026-01-02", date(2026, 1, 2)),
    "duration": (timedelta, {"type": "number", "description": "in seconds"}, 90, timedelta(seconds=90)),
    "uuid": (UUID, {"type": "string", "format": "uuid"}, ID, UUID(ID)),
    "decimal": (Decimal, {"anyOf": [{"type": "number"}, {"type": "string"}]}, 1.1, Decimal("1.1")),
    "path": (Path, {"type": "string", "format": "path"}, "a/b", Path("a/b")),
    "bytes": (bytes, {"type": "string", "contentEncoding": "base64"}, "aGk=", b"hi"),
    "new type": (UserId, {"type": "integer"}, 3, 3),
    "described": (
        Annotated[int, "how many"],
        {"type": "integer", "description": "how many"},
        3,
        3,
    ),
    "with rules": (
        Annotated[int, annotated_types.Ge(1), annotated_types.Le(9)],
        {"type": "integer", "minimum": 1, "maximum": 9},
        9,
        9,
    ),
    "with a length": (
        Annotated[list[int], annotated_types.MinLen(1)],
        {"type": "array", "items": {"type": "integer"}, "minItems": 1},
        [1],
        [1],
    ),
    "typed dict": (
        Person,
        {
            "type": "object",
            "properties": {
                "name": {"type": "string"},
                "home": {
                    "type": "object",
                    "properties": {"city": {"type": "string"}, "street": {"type": "string"}},
                    "required": ["city"],
                },
            },
            "required": ["name"],
        },
        {"name": "Ann", "home": {"city": "Bern"}},
        {"name": "Ann", "home": {"city": "Bern"}},
    ),
    "named tuple": (
        Point,
        {
            "type": "object",
            "properties": {"x": {"type": "number"}, "y": {"type": "number", "default": 0.0}},
            "required": ["x"],
        },
        {"x": 1},
        Point(1.0),
    ),
}


@pytest.mark.parametrize("name", GOOD)
def test_a_type_has_a_schema_and_takes_its_values(name: str) -> None:
    annotation, schema, value, taken = GOOD[name]
    assert schema_of(annotation, "it") == schema
    found = kind_of(annotation, "it").take(value, "")
    assert (found, type(found)) == (taken, type(taken))


def test_a_class_that_contains_itself_stands_once() -> None:
    schema = schema_of(Item, "it")
    assert schema["$ref"] == "#/$defs/Item"
    item = schema["$defs"]["Item"]
    assert item["description"] == "One line of an order."
    assert item["properties"]["name"] == {"type": "string", "description": "of the article"}
    assert item["properties"]["parts"] == {"type": "array", "items": {"$ref": "#/$defs/Item"}}
    assert item["required"] == ["name"]
    whole = {"name": "car", "parts": [{"name": "wheel", "amount": "4"}]}
    assert kind_of(Item, "it").take(whole, "") == Item("car", parts=[Item("wheel", 4)])


def test_a_model_beside_a_typed_dict_that_pydantic_does_not_know() -> None:
    class Refund(typing.TypedDict):
        reason: str

    one, other = schema_of(Order | Refund, "it")["anyOf"]
    assert ("invoice" in one["properties"], "reason" in other["properties"]) == (True, True)


def test_pydantic_says_what_its_models_are() -> None:
    schema = schema_of(Order, "it")
    invoice = schema["properties"]["invoice"]
    assert invoice["properties"]["total"] == {
        "type": "number",
        "minimum": 0,
        "title": "Total",
        "description": "in EUR",
    }
    assert "Item" in schema["$defs"]
    taken = kind_of(Order, "it").take({"invoice": {"total": "2.5"}}, "")
    assert taken == Order(Invoice(total=2.5))
    with pytest.raises(WrongValueError, match=r"^invoice\.total: input should be greater than"):
        kind_of(Order, "it").take({"invoice": {"total": -1}}, "")


# type, JSON → what is said
WRONG: tuple[tuple[Any, Any, str], ...] = (
    (int, "three", 'must be a whole number, not "three"'),
    (int, 3.5, "must be a whole number, not 3.5"),
    (int, True, "must be a whole number, not true"),
    (str, 5, "must be text, not 5"),
    (bool, "maybe", 'must be true or false, not "maybe"'),
    (float, "nan", 'must be a number, not "nan"'),
    (Unit, "k", 'must be one of "c", "f", not "k"'),
    (int | None, "x", 'must be a whole number or null, not "x"'),
    (list[int], [1, "q"], '[1]: must be a whole number, not "q"'),
    (Item, {"amount": 1}, "name: is missing"),
    (Item, {"name": "a", "parts": [{"name": "b", "amount": "q"}]}, "parts[0].amount: must be a whole number"),
    (Item | None, {"name": "a", "parts": [{}]}, "parts[0].name: is missing"),
    (dict[str, int], {"a": {}}, "a: must be a whole number, not {}"),
    (tuple[int, str], [1], "must be a list of 2, not [1]"),
    (date, "tomorrow", 'must be a date (YYYY-MM-DD), not "tomorrow"'),
    (Annotated[int, annotated_types.Ge(1)], 0, "must be at least 1, not 0"),
    (Annotated[str, annotated_types.MaxLen(2)], "abc", "must be at most 2 long, not 3"),
)


@pytest.mark.parametrize(("annotation", "value", "said"), WRONG)
def test_a_wrong_value_is_refused_with_its_place(annotation: Any, value: Any, said: str) -> None:
    with pytest.raises(ValueError) as refused:
        kind_of(annotation, "it").take(value, "")
    assert str(refused.value).startswith(said)


@pytest.mark.parametrize(
    "annotation", [Callable[[int], int], typing.IO[str], complex, list[Callable[[], int]], "name"]
)
def test_a_type_that_json_cannot_be_is_a_mistake(annotation: Any) -> None:
    with pytest.raises(DeclarationError, match=r"^the parameter f of g is .*, which no JSON can be; use str"):
        schema_of(annotation, "the parameter f of g")


@pytest.mark.parametrize("annotation", [int, list[str], Unit, int | None, dict[str, list[int]], datetime])
def test_the_schema_is_that_of_pydantic(annotation: Any) -> None:
    """But for titles, which no model needs."""
    theirs = TypeAdapter(annotation).json_schema()
    theirs.pop("title", "")
    assert schema_of(annotation, "it") == theirs


def test_values_become_plain() -> None:
    value = {
        "item": Item("car", parts=[Item("wheel")]),
        "invoice": Invoice(total=1),
        Unit.CELSIUS: {3, 1},
        "at": datetime(2026, 1, 2),
        "point": Point(1),
        "path": Path("a"),
        "text": b"hi",
        "lasts": timedelta(minutes=1),
    }
    assert plain(value) == {
        "item": {
            "name": "car",
            "amount": 1,
            "parts": [{"name": "wheel", "amount": 1, "parts": []}],
        },
        "invoice": {"total": 1.0, "items": []},
        "c": [1, 3],
        "at": "2026-01-02T00:00:00",
        "point": {"x": 1, "y": 0.0},
        "path": "a",
        "text": "hi",
        "lasts": 60.0,
    }


def circle() -> list[Any]:
    found: list[Any] = []
    found.append(found)
    return found


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"a": object()}, "a is object, which has no form in JSON"),
        ([float("nan")], "[0] is nan, which JSON does not have"),
        (circle(), "[0] contains itself"),
        (b"\xff", "it is bytes that are no text"),
    ],
)
def test_what_has_no_form_in_json_is_refused(value: Any, said: str) -> None:
    with pytest.raises(ValueError) as refused:
        plain(value)
    assert str(refused.value).startswith(said)
