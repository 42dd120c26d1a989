"""Tests are in order themselves."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.support.paths import ROOT


def test_what_is_shared_stands_in_a_module_of_its_own() -> None:
    """Nobody imports from a test or a conftest: what two of them need stands beside them, or in `support`."""
    borrowed = [
        f"{path.relative_to(ROOT)}: {module}"
        for path in sorted((ROOT / "tests").rglob("*.py"))
        for module in imported(ast.parse(path.read_text()))
        if module.startswith("tests.") and module.rpartition(".")[2].startswith(("test_", "conftest"))
    ]
    assert borrowed == []


def imported(tree: ast.Module) -> Iterator[str]:
    """Whatever is imported, and whatever something is imported from."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""
            yield from (f"{node.module}.{each.name}" for each in node.names)
