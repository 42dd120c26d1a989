"""Python expressions over references mean in jq what they mean in Python."""

from __future__ import annotations

import json
from enum import IntEnum
from typing import Any

import jq as jq_library
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stigmer import Expr, if_else, jq, literal, project, runtime
from stigmer.jq_code import jq_code
from stigmer.text import inside, parts

ORDERS = [
    {"id": 1, "name": "tea", "price": 2.5, "quantity": 2},
    {"id": 2, "name": "it's cake", "price": 4.0, "quantity": 1},
    {"id": 3, "name": "tea", "price": 2.5, "quantity": 4},
]
DATA = {
    "item": {
        "orders": ORDERS,
        "n": 2.345,
        "text": "  Hello World ",
        "key": "name",
        "object": {"a": 1, "b c": 2},
        "nothing": None,
        "items": "a field",
        "empty": [],
        "encoded": '{"a": [1]}',
        "yes": True,
    }
}
item = Expr(".item")
orders = item.orders
# The f-strings of this module's tables are written when it is imported, whatever program other tests begin.
WRITTEN = project.current().written


@pytest.fixture(autouse=True)
def _written_by_this_module() -> None:
    project.begin().written = WRITTEN


def value(expression: object) -> Any:
    return jq_library.compile(jq_code(expression)._jq).input_value(DATA).first()


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (item["n"], 2.345),
        (item.orders[0].name, "tea"),
        (item.orders[-1]["id"], 3),
        (item.orders[1:], ORDERS[1:]),
        (item.orders[:-1], ORDERS[:-1]),
        (item.orders[item.orders.length() - 1].id, 3),
        (item.orders[0][item.key], "tea"),
        (item.object["b c"], 2),
        (item["items"], "a field"),
        (item.items, "a field"),
        (item.object.items().length(), 2),
        (item.nope.deeper, None),
        (item.n > 2, True),
        (item.n > 2, True),
        (item.n <= 2, False),
        (item.orders[0].name == "tea", True),
        (item.orders[0].name != "tea", False),
        ((item.n > 2) & (item.n < 3), True),
        ((item.n > 3) | (item.n < 2), False),
        (~(item.n > 2), False),
        (item.yes & True, True),
        (item.n + 1 - 2 * item.n, 1 - 2.345),
        (10 - (item.n - 1), 10 - 1.345),
        (7 // item.n, 2),
        (item.orders[2].id % 2, 1),
        (item.orders[2].id ** 2, 9),
        (-item.n, -2.345),
        (abs(-item.n), 2.345),
        (round(item.n, 1), 2.3),
        (round(item.n), 2),
        (item.n.ceil(), 3),
        (item.n.floor(), 2),
        ("a" + item.key + "b", "anameb"),
        (f"{item.n:.2f}", "2.35"),
        ((item.n * 0).fixed(3), "0.000"),
        ((item.n * -0.02).fixed(1), "0.0"),
        ((-item.n).fixed(1), "-2.3"),
        ((item.n * 100000).fixed(2), "234500.00"),
        (item.n.fixed(0), "2"),
        (f"<{item.key}> {item.n}", "<name> 2.345"),
        (f"{item.key}", "name"),
        (item.text.strip().upper(), "HELLO WORLD"),
        (item.text.lower(), "  hello world "),
        (item.text.words(), ["Hello", "World"]),
        (item.text.strip().split(), ["Hello", "World"]),
        (item.text.replace("World", "'$' ${x} \\(1)"), "  Hello '$' ${x} \\(1) "),
        (item.key.startswith("na"), True),
        (item.key.endswith(item.key), True),
        (item.text.matches("W.r"), True),
        (item.text.strip().url_quoted(), "Hello%20World"),
        (item.encoded.parse_json().a[0], 1),
        (item.object.json(), '{"a":1,"b c":2}'),
        (item.n.text(), "2.345"),
        (item.n.text().number(), 2.345),
        (item.nothing.default(item.key), "name"),
        ((item.yes & False).default("x"), False),
        (item.nothing.exists(), False),
        (item.text.contains("World"), True),
        (item.object.contains("a"), True),
        (orders.map("id").contains(2), True),
        (orders.map("name").contains("te"), False),
        (orders.length(), 3),
        (orders.sum("quantity"), 7),
        (orders.sum(lambda order: order.price * order.quantity), 19),
        (item.empty.sum(), 0),
        (orders.mean("quantity"), 7 / 3),
        (item.empty.mean(), None),
        (orders.max("price").id, 2),
        (orders.min(lambda order: -order.id).id, 3),
        (item.empty.max(), None),
        (orders.map("id").max(), 3),
        (orders.filter(lambda order: order.name == "tea").map("id"), [1, 3]),
        (orders.count(lambda order: order.quantity > 1), 2),
        (orders.any(lambda order: order.price > 3), True),
        (orders.all(lambda order: order.price > 3), False),
        (orders.sort(lambda order: -order.quantity).map("id"), [3, 1, 2]),
        (orders.sort("name").map("id"), [2, 1, 3]),
        (orders.reverse().first().id, 3),
        (orders.last().id, 3),
        (orders.map("name").unique(), ["it's cake", "tea"]),
        (orders.map("name").join(" & "), "tea & it's cake & tea"),
        (orders.map("id").join(), "1, 2, 3"),
        (
            orders.group("name").map(lambda group: [group.key, group["rows"].length()]),
            [["tea", 2], ["it's cake", 1]],
        ),
        (orders.map(lambda order: [order.id, item.n]).flatten(), [1, 2.345, 2, 2.345, 3, 2.345]),
        (orders.map(lambda order: f"{order.id}: {order.name}!"), ["1: tea!", "2: it's cake!", "3: tea!"]),
        (
            orders.map(
                lambda row: orders.filter(lambda row: row.id > 2).map(lambda other: other.id + row.id)
            ),
            [[4], [5], [6]],
        ),
        (orders.map(lambda context: context.id), [1, 2, 3]),
        (orders.map(lambda _: 1).sum(), 3),
        (orders.map(lambda order: order.name.contains(order.name)), [True, True, True]),
        (item.object.keys(), ["a", "b c"]),
        (item.object.values(), [1, 2]),
        (item.object.items(), [{"key": "a", "value": 1}, {"key": "b c", "value": 2}]),
        (item.object.merge({"a": item.n}), {"a": 2.345, "b c": 2}),
        (if_else(item.n > 2, "big", {"a": 1}), "big"),
        (if_else(False, "big", {"a": [item.n, None, -1]}), {"a": [2.345, None, -1]}),
        (jq(".item.orders | length"), 3),
        (jq("${ .item.n }") + 1, 3.345),
        (literal(["${ .item.n }", {"a": "$"}]), ["${ .item.n }", {"a": "$"}]),
        (["a ${b} c"], ["a ${b} c"]),
        ({"text": "tell no secrets, no .env_vars.X"}, {"text": "tell no secrets, no .env_vars.X"}),
    ],
    ids=lambda case: repr(case)[:60],
)
def test_an_expression_means_what_python_means(expression: object, expected: object) -> None:
    assert (
        value(expression) == pytest.approx(expected)
        if isinstance(expected, float)
        else value(expression) == expected
    )


def test_an_f_string_that_is_one_expression_keeps_its_type() -> None:
    assert value(f"{orders}") == ORDERS


def test_secrets_and_variables_are_written_so_that_they_can_be_found_in_any_text() -> None:
    assert f"Bearer {runtime.secret('API_KEY')}" == "Bearer ${.secrets.API_KEY}"
    assert str(runtime.env("REGION")) == "${.env_vars.REGION}"


def test_data_cannot_name_a_secret() -> None:
    assert ".secrets" not in jq_code(["${.secrets.KEY}", "see .secrets.KEY"])._jq


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(-1e9, 1e9) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@settings(deadline=None)
@given(JSON)
def test_any_data_arrives_as_it_was(data: Any) -> None:
    made = jq_code(data)._jq
    assert jq_library.compile(made).input_value(None).first() == data
    assert parts(f"${{ {made} }}") == [(f"${{ {made} }}", True)]


@settings(deadline=None)
@given(st.text(alphabet='ab ${}()"\\', max_size=30))
def test_the_places_of_a_text_are_the_whole_text(text: str) -> None:
    pieces = parts(text)
    assert "".join(piece for piece, _ in pieces) == text
    assert all(piece.startswith("${") and piece.endswith("}") for piece, place in pieces if place)


def test_a_place_ends_where_its_program_ends() -> None:
    assert parts('a ${ "}" | {"x": "\\("}")"} } b') == [
        ("a ", False),
        ('${ "}" | {"x": "\\("}")"} }', True),
        (" b", False),
    ]
    assert inside("${ .x }") == ".x"


def test_numbers_of_other_kinds_are_numbers() -> None:
    class Level(IntEnum):
        HIGH = 3

    class Odd(float):
        def __repr__(self) -> str:
            return f"odd({float(self)})"

    assert value([Level.HIGH, Odd(1.5), -Odd(2.5)]) == [3, 1.5, -2.5]


def test_json_in_an_expression_has_no_single_quotes() -> None:
    """The original's evaluator takes a single quote for a double one."""
    assert "'" not in jq_code({"a": ["it's", "'"]})._jq
    assert json.loads(jq_code({"a": ["it's", "'"]})._jq) == {"a": ["it's", "'"]}
