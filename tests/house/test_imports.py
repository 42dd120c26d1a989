"""Whoever reads one file need not have read another that needs this one: no circle of imports."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping

from tests.house.sources import is_package, modules


def test_no_files_import_each_other_in_a_circle() -> None:
    """Imports for the type checker count, and so do those inside of a function.

    A package's own `__init__` is left out: it only passes on what its modules offer.
    """
    graph = {
        name: {each for each in imported(name, tree) if not is_package(each)}
        for name, tree in modules().items()
        if not is_package(name)
    }
    assert circles(graph) == []


def test_a_circle_is_found() -> None:
    graph = {"a": {"b"}, "b": {"c", "d"}, "c": {"a"}, "d": {"e"}, "e": {"e", "f"}, "f": {"e"}}
    assert circles(graph) == [{"a", "b", "c"}, {"e", "f"}]


def test_an_import_is_seen_in_every_form() -> None:
    text = """
import stigmerd.server
from stigmerd.store import store
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    from runcmd.plan import Plan
def late():
    from . import read
    from ..watcher.inbox import Inbox
"""
    assert set(imported("devloop.ignore.rules", ast.parse(text))) == {
        "stigmerd.server",
        "stigmerd.store.store",
        "runcmd.plan",
        "devloop.ignore.read",
        "devloop.watcher.inbox",
    }


def imported(name: str, tree: ast.Module) -> Iterator[str]:
    """The modules of ours that a module imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names if each.name in modules() and each.name != name)
        elif isinstance(node, ast.ImportFrom):
            origin = absolute(node, name)
            for each in node.names:
                inner = f"{origin}.{each.name}"
                found = inner if inner in modules() else origin
                if found in modules() and found != name:
                    yield found


def absolute(node: ast.ImportFrom, name: str) -> str:
    if not node.level:
        return node.module or ""
    package = name.split(".")[: -node.level]
    return ".".join([*package, *([node.module] if node.module else [])])


def circles(graph: Mapping[str, Iterable[str]]) -> list[set[str]]:
    """The groups of names each of which leads to every other."""
    reached = {name: reachable(graph, name) for name in graph}
    groups = {frozenset(other for other in reached[name] if name in reached[other]) for name in graph}
    return sorted((set(group) for group in groups if len(group) > 1), key=sorted)


def reachable(graph: Mapping[str, Iterable[str]], start: str) -> set[str]:
    found: set[str] = set()
    ahead = [start]
    while ahead:
        for name in graph[ahead.pop()]:
            if name not in found:
                found.add(name)
                ahead.append(name)
    return found
