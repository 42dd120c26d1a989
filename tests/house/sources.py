"""Every module of ours that was written by hand, parsed once."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.support.paths import ROOT

TEMPLATES = ROOT / "devloop" / "cli" / "new" / "templates"  # projects of their own
PACKAGES = ("devloop", "runcmd", "stigmer", "stigmerd", "protos/stigmer_api")

Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def modules() -> dict[str, ast.Module]:
    """Dotted name → syntax tree; a package stands there with the name of its folder."""
    return {name: ast.parse(path.read_bytes()) for name, path in paths().items()}


@cache
def paths() -> dict[str, Path]:
    return {
        name_of(path): path
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
        if not path.stem.endswith(("_pb2", "_pb2_grpc")) and TEMPLATES not in path.parents
    }


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(part for part in parts if part not in ("protos", "__init__"))


def is_package(name: str) -> bool:
    return paths()[name].name == "__init__.py"


def functions() -> Iterator[tuple[str, Function]]:
    """Each function and method, also one inside of another, with its module's name."""
    for name, tree in modules().items():
        for node in ast.walk(tree):
            if isinstance(node, Function):
                yield name, node


def classes() -> Iterator[tuple[str, ast.ClassDef]]:
    for name, tree in modules().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                yield name, node
