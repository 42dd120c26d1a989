"""Modules of the user's project, always compiled from the source that is there now."""

# The import system has paths as text.
# ruff: noqa: PTH100, PTH109, PTH118, PTH120, PTH206

from __future__ import annotations

import os
import sys
from importlib.machinery import (
    EXTENSION_SUFFIXES,
    SOURCE_SUFFIXES,
    ExtensionFileLoader,
    FileFinder,
    SourceFileLoader,
)
from types import CodeType, ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.importlib import PathEntryFinderProtocol as PathEntryFinder

ENVIRONMENTS = ("site-packages", "dist-packages")


class FreshLoader(SourceFileLoader):
    """Reads and writes no bytecode: Python trusts it by size and second: quick edits run old code."""

    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        return self.source_to_code(self.get_data(path), path)


class ProjectFiles:
    """Which paths are the user's own, and not those of an environment that lies in the project."""

    def __init__(self, directory: str) -> None:
        self.roots = tuple({os.path.abspath(directory) + os.sep, os.path.realpath(directory) + os.sep})
        prefixes = {os.path.realpath(prefix) + os.sep for prefix in (sys.prefix, sys.base_prefix)}
        self.foreign = tuple(prefix for prefix in prefixes if prefix.startswith(self.roots))

    def owns(self, path: str) -> bool:
        path = os.path.join(os.path.abspath(path), "")
        root = next((root for root in self.roots if path.startswith(root)), None)
        if root is None or path.startswith(self.foreign):
            return False
        return not any(part in ENVIRONMENTS for part in path[len(root) :].split(os.sep))


def load_from(files: ProjectFiles) -> None:
    """From now on, imports of project files go through FreshLoader."""
    find = FileFinder.path_hook(
        (ExtensionFileLoader, EXTENSION_SUFFIXES),
        (FreshLoader, SOURCE_SUFFIXES),
    )

    def hook(path: str) -> PathEntryFinder:
        if not files.owns(path or os.getcwd()):
            raise ImportError(f"{path} is not the project's")
        return find(path)

    sys.path_hooks.insert(0, hook)
    for path in list(sys.path_importer_cache):
        if files.owns(path):
            del sys.path_importer_cache[path]


def run_as_main(path: str) -> None:
    """Like `python path`, without its cache."""
    sys.path.insert(0, os.path.dirname(path))
    sys.argv[:] = [path]
    loader = FreshLoader("__main__", path)
    code = loader.get_code("__main__")
    module = ModuleType("__main__")
    module.__file__ = path
    module.__loader__ = loader
    module.__dict__["__builtins__"] = __builtins__
    sys.modules["__main__"] = module
    exec(code, module.__dict__)
