"""Tests are in order themselves."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.support.paths import ROOT


def test_what_is_shared_stands_in_a_module_of_its_own() -> None:
    """Nobody imports from a test or a conftest: what two of them need stands beside them, or in `support`."""
    found = [
        f"{path.relative_to(ROOT)}: {module}"
        for path in sorted((ROOT / "tests").rglob("*.py"))
        for module in borrowed(path.read_text())
    ]
    assert found == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("from tests.runcmd.test_plan import Plan", ["tests.runcmd.test_plan"]),
        ("from tests.runcmd import conftest", ["tests.runcmd.conftest"]),
        ("import tests.runcmd.conftest", ["tests.runcmd.conftest"]),
        ("def late():\n    from .conftest import server", [".conftest"]),
        ("from tests.support.poll import until", []),
        ("from other.test_plan import Plan", []),
    ],
)
def test_what_is_borrowed_is_seen(text: str, found: list[str]) -> None:
    assert list(borrowed(text)) == found


def borrowed(text: str) -> Iterator[str]:
    """The tests and conftests of ours that a module imports from."""
    for module in imported(ast.parse(text)):
        ours = module.startswith(("tests.", "."))
        if ours and module.rpartition(".")[2].startswith(("test_", "conftest")):
            yield module


def imported(tree: ast.Module) -> Iterator[str]:
    """Whatever is imported, and whatever something is imported from."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = "." * node.level + (node.module or "")
            yield origin
            yield from (f"{origin}.{each.name}" for each in node.names)
