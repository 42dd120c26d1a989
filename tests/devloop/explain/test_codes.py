"""Each expected error has a code, and each code a page."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator

import pytest

from devloop.explain.registry import PAGES, ROOMS
from tests.devloop.explain.write_pages import FOLDER, files
from tests.house.sources import classes, modules

CODE = re.compile(r"E\d{4}")
# What every expected error is: whoever raises one gives it a code, or its class has one.
EXPECTED = ("RunError", "DaemonError", "ConfigError", "RpcError")
# A user's no, and a terminal that was closed: no errors.
NONE_NEEDED = {"devloop.cli.choose", "devloop.cli.closed"}


def used() -> Iterator[tuple[str, str]]:
    """Each code in the sources, with its module."""
    for name, tree in modules().items():
        if not name.startswith("devloop.explain."):
            texts = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
            yield from ((text, name) for text in texts if isinstance(text, str) and CODE.fullmatch(text))


def expected_errors() -> set[str]:
    """The names of all classes below those in EXPECTED; one with an `__init__` of its own knows the code."""
    found = set(EXPECTED)
    while more := {
        each.name
        for _, each in classes()
        if each.name not in found
        and {base.id for base in each.bases if isinstance(base, ast.Name)} & found
        and not any(isinstance(node, ast.FunctionDef) and node.name == "__init__" for node in each.body)
    }:
        found |= more
    return found


def test_a_code_is_declared_once() -> None:
    assert [code for code, count in Counter(page.code for page in PAGES).items() if count > 1] == []


def test_a_code_is_an_e_and_four_digits_in_its_room_and_in_order() -> None:
    for prefix, (_, pages) in ROOMS.items():
        codes = [page.code for page in pages]
        assert codes == sorted(codes)
        assert [code for code in codes if not CODE.fullmatch(code) or not code.startswith(prefix)] == []


def test_each_code_in_the_sources_has_a_page() -> None:
    known = {page.code for page in PAGES}
    assert sorted({f"{code} in {name}" for code, name in used() if code not in known}) == []


def test_each_page_is_of_a_code_that_can_happen() -> None:
    assert sorted({page.code for page in PAGES} - {code for code, _ in used()}) == []


def test_each_expected_error_is_raised_with_a_code() -> None:
    names, without = expected_errors(), []
    for module, tree in modules().items():
        for node in ast.walk(tree):
            called = getattr(node.func, "id", "") if isinstance(node, ast.Call) else ""
            if called in names and module not in NONE_NEEDED:
                code = next((each.value for each in node.keywords if each.arg == "code"), None)
                if code is None or (isinstance(code, ast.Constant) and not code.value):
                    without.append(f"{module}:{node.lineno}: {called}")
    assert without == [], "give it code=…, with a page in devloop/explain"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.code)
def test_a_page_says_what_happened_why_and_what_to_do(page) -> None:
    assert page.title and not page.title.endswith("."), "a title is no sentence"
    for text in (page.cause, page.remedy):
        assert re.fullmatch(r"[^ ].*[^ ][.?]", text), text
        assert "  " not in text
    assert page.example.startswith("$ ")


def test_the_pages_in_docs_are_those_of_the_registry() -> None:
    written = {path.name: path.read_text("utf-8") for path in FOLDER.iterdir()}
    assert written == files(), "run: python -m tests.devloop.explain.write_pages"
