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

from stigmer.errors import PACKAGE
from stigmer_api import manifest_files

if TYPE_CHECKING:
    from _typeshed.importlib import PathEntryFinderProtocol as PathEntryFinder

ENVIRONMENTS = ("site-packages", "dist-packages")
INSTALLED = ("bin/", "include/", "lib/", "lib64/", "share/", "Lib/", "Scripts/")  # of an environment
SYSTEM = (
    *(
        "/bin/",
        "/boot/",
        "/dev/",
        "/etc/",
        "/lib/",
        "/lib32/",
        "/lib64/",
        "/proc/",
        "/run/",
        "/sbin/",
        "/sys/",
    ),
    *("/usr/bin/", "/usr/include/", "/usr/lib/", "/usr/lib32/", "/usr/lib64/", "/usr/libexec/", "/usr/sbin/"),
    *("/usr/share/", "/var/cache/", "/var/lib/", "/var/log/", "/var/run/", "/Library/", "/System/"),
)


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
        installed = {prefix + os.sep for prefix in (sys.prefix, sys.base_prefix)} | prefixes
        standard = os.path.dirname(os.__file__)
        self._installed = (
            *(prefix + part for prefix in installed for part in INSTALLED),
            *(standard + os.sep, os.path.realpath(standard) + os.sep),
            *(PACKAGE, os.path.dirname(os.path.abspath(manifest_files.__file__)) + os.sep),
            *SYSTEM,
        )

    def owns(self, path: str) -> bool:
        path = os.path.join(os.path.abspath(path), "")
        root = next((root for root in self.roots if path.startswith(root)), None)
        if root is None or path.startswith(self.foreign):
            return False
        return not any(part in ENVIRONMENTS for part in path[len(root) :].split(os.sep))

    def beside(self, path: str) -> bool:
        """Is it somebody's own outside of the project: not installed, and not the system's?"""
        path = os.path.abspath(path)
        if path.startswith((*self._installed, *self.roots)):
            return False
        return not any(part in ENVIRONMENTS for part in path.split(os.sep))


def load_from(files: ProjectFiles) -> None:
    """From now on, imports of project files go through FreshLoader, and those of libraries beside it read no
    bytecode either: an editable installation makes its loaders itself."""
    _read_sources(files)
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
        if files.owns(path) or files.beside(path):
            del sys.path_importer_cache[path]


def _read_sources(files: ProjectFiles) -> None:
    usual = SourceFileLoader.get_code

    def get_code(self: SourceFileLoader, fullname: str) -> CodeType | None:
        path = self.get_filename(fullname)
        if files.owns(path) or files.beside(path):
            return self.source_to_code(self.get_data(path), path)
        return usual(self, fullname)

    setattr(SourceFileLoader, "get_code", get_code)  # noqa: B010 -- mypy takes it for the base class's


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
