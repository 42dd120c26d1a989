"""A function fits on a screen, and a class has few enough methods to know them."""

from __future__ import annotations

import ast

from tests.house.sources import Function, classes, functions

LINES = 60
METHODS = 20

# Not made smaller, for this reason.
LARGE = {
    "stigmer.expressions.Expr": "a method for each operator of Python",
    "stigmer.functions.Functions": "a method for each function of jq that a workflow may call",
}


def test_a_function_fits_on_a_screen() -> None:
    long = [f"{module}.{each.name}" for module, each in functions() if length(each) > LINES]
    assert long == []


def test_a_class_has_few_methods() -> None:
    large = {f"{module}.{each.name}" for module, each in classes() if methods(each) > METHODS}
    assert large == LARGE.keys()


def test_what_is_too_large_is_seen() -> None:
    text = "class Large:\n" + "".join(f"    def m{number}(self): ...\n" for number in range(METHODS + 1))
    (large,) = ast.parse(text).body
    assert isinstance(large, ast.ClassDef)
    assert methods(large) == METHODS + 1
    (long,) = ast.parse("async def long():\n" + "    wait\n" * LINES).body
    assert isinstance(long, Function)
    assert length(long) == LINES + 1


def length(function: Function) -> int:
    assert function.end_lineno is not None
    return function.end_lineno - function.lineno + 1


def methods(each: ast.ClassDef) -> int:
    return sum(isinstance(node, Function) for node in each.body)
