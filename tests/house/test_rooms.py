"""Every module stands in a room, and the first line of each says what it is for."""

from __future__ import annotations

import ast

import pytest

from tests.house.sources import is_package, modules, paths


@pytest.mark.parametrize(("package", "most"), [("devloop", 0), ("stigmerd", 4)])
def test_few_modules_stand_outside_of_the_rooms(package: str, most: int) -> None:
    loose = [name for name in modules() if name.rpartition(".")[0] == package and not is_package(name)]
    assert len(loose) <= most, loose


def test_every_module_says_what_it_is_for() -> None:
    """A sentence on the first line, before anything else."""
    silent = [name for name, tree in modules().items() if not first_line(tree).endswith((".", "?", "!"))]
    assert silent == []


def test_a_room_says_it_in_one_line() -> None:
    long = [n for n, tree in modules().items() if is_package(n) and "\n" in (ast.get_docstring(tree) or "")]
    assert long == []


def test_every_folder_with_modules_is_a_package() -> None:
    folders = {path.parent for path in paths().values()}
    assert [str(folder) for folder in sorted(folders) if not (folder / "__init__.py").exists()] == []


def first_line(tree: ast.Module) -> str:
    return (ast.get_docstring(tree) or "").partition("\n")[0]
