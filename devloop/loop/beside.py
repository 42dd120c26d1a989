"""What is watched outside of the project, because its program read it there?"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from devloop.changes.bounds import Note
from devloop.changes.settings import ChangeSettings
from devloop.loop.settings import WatchedTree, Watching
from runcmd.frozen import Frozen
from runcmd.synthesis.outside import Outside

MOST_TREES = 16
MOST_TREE_FILES = 5_000
MOST_TREE_FOLDERS = 500
MOST_FILES = 100
PACKAGE = "__init__.py"
ONLY_MODULES = ("*", "!*.py")  # of the directory itself, as in an ignore file
ONLY_FILES = ("*/",)
OUTSIDE = "../"  # how paths outside of a project begin, seen from there


class Beside(Frozen):
    """Outside of the project: directories, single files, and what is too much."""

    trees: tuple[WatchedTree, ...] = ()
    files: tuple[Path, ...] = ()
    notes: tuple[Note, ...] = ()


def beside(root: Path, outside: Outside) -> Beside:
    """A package counts whole, a module with its neighbours, a directory whose names the program asked for
    with its files; anything else by itself. `root`: the project's directory."""
    trees: dict[Path, WatchedTree] = {}
    read = [_module_itself(file) for file in outside.files]
    for file in read:
        if file.suffix == ".py":
            package = _package(file)
            ignore = () if package else ONLY_MODULES
            _add(trees, WatchedTree(root=package or file.parent, ignore=ignore), root)
    for directory in outside.directories:
        _add(trees, WatchedTree(root=directory, ignore=ONLY_FILES), root)
    kept = _outermost(trees.values())
    left_out = [tree.root for tree in kept[MOST_TREES:]]
    kept = kept[:MOST_TREES]
    files = [file for file in read if not any(_covers(tree, file) for tree in kept)]
    return Beside(
        trees=tuple(kept), files=tuple(files[:MOST_FILES]), notes=tuple(_notes(left_out, files[MOST_FILES:]))
    )


def with_outside(watching: Watching, found: Beside, *, keep: bool = False) -> Watching:
    """Watches this besides. `keep`: also what is watched outside already."""
    files = [file for file in found.files if file not in watching.extra]
    trees = found.trees
    if keep:
        roots = {tree.root for tree in watching.trees}
        trees = (*watching.trees, *(tree for tree in trees if tree.root not in roots))
    return replace(watching, extra=(*watching.extra, *files), trees=trees)


def outside_prefix(root: Path, directory: Path) -> str:
    """What the paths in a directory begin with, seen from the project."""
    return f"{os.path.relpath(directory, root)}/"


def tree_settings(watching: Watching, tree: WatchedTree) -> ChangeSettings:
    """As the project is watched, within narrower bounds."""
    return replace(
        watching.settings,
        ignore=tree.ignore,
        needs="",
        most_files=MOST_TREE_FILES,
        most_folders=MOST_TREE_FOLDERS,
    )


def _module_itself(file: Path) -> Path:
    """Where a link leads, as strict editable installations make one for each module: it is edited there."""
    return Path(os.path.realpath(file)) if file.suffix == ".py" and file.is_symlink() else file


def _package(module: Path) -> Path | None:
    """The outermost directory that is a package; None: the module belongs to none."""
    found, at = None, module.parent
    while (at / PACKAGE).is_file():
        found, at = at, at.parent
    return found


def _add(trees: dict[Path, WatchedTree], tree: WatchedTree, root: Path) -> None:
    """Not one that the project is in or that is in the project."""
    whole = not tree.ignore
    if tree.root.is_relative_to(root) or (whole and root.is_relative_to(tree.root)):
        return
    before = trees.get(tree.root)
    if before is None or (before.ignore and (whole or tree.ignore == ONLY_FILES)):
        trees[tree.root] = tree


def _outermost(trees: Iterable[WatchedTree]) -> list[WatchedTree]:
    """Without those that lie in another one that counts whole."""
    whole = [tree.root for tree in trees if not tree.ignore]
    return [
        tree
        for tree in trees
        if not any(tree.root != other and tree.root.is_relative_to(other) for other in whole)
    ]


def _covers(tree: WatchedTree, file: Path) -> bool:
    if not tree.ignore:
        return file.is_relative_to(tree.root)
    return file.parent == tree.root and (tree.ignore == ONLY_FILES or file.suffix == ".py")


def _notes(directories: list[Path], files: list[Path]) -> Iterable[Note]:
    if directories:
        yield Note(
            f"the program imports from more than {MOST_TREES} directories outside of the project: "
            f"in {_some(directories)}, only the files that it has read count",
            "press r after an edit there, or put libraries into one package",
        )
    if files:
        yield Note(
            f"the program reads more than {MOST_FILES} files outside of the project: "
            f"{_some(files)} start no run",
            "press r after an edit there, or put the files into a directory that the program lists",
        )


def _some(paths: list[Path]) -> str:
    names = ", ".join(os.fspath(path) for path in paths[:3])
    return f"{names} and {len(paths) - 3} more" if len(paths) > 3 else names
