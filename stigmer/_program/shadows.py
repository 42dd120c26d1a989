"""A program's own modules with names that the process has loaded for itself: the program gets its own.

`python main.py` finds a `token.py` beside it before Python's own. Here much more is loaded before the program
runs, which would then be found in its place.
"""

# Each import here is waited for at every edit, and paths are text in the import system.
# ruff: noqa: PTH208

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from importlib.machinery import PathFinder

from stigmer.late import NAMES, keep

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

# What Python has loaded before it runs any program, and what is the program's by the same name.
STARTED = frozenset(
    {
        *("__main__", "abc", "builtins", "codecs", "encodings", "genericpath", "importlib", "io", "ntpath"),
        *("os", "posixpath", "site", "sitecustomize", "stat", "sys", "usercustomize", "zipimport"),
        *("stigmer", "stigmer_api"),
    }
)


class HiddenModules:
    """Out of a program's sight from the moment this is made."""

    def __init__(self, directory: str) -> None:
        """`directory`: where the program lies."""
        self._directory = directory
        self._names = _names(directory)
        self._modules: dict[str, ModuleType] = {}
        for name in filter(self._is_shadowed, NAMES):
            keep(name)
        self._hide(set(sys.modules))

    @contextmanager
    def back(self) -> Iterator[None]:
        """For our own code: as if the program had no such modules. It has them again afterwards."""
        if not self._names:
            yield
            return
        path, before = list(sys.path), set(sys.modules)
        own = {name: sys.modules.pop(name) for name in before if self._is_shadowed(name)}
        sys.path[:] = [entry for entry in path if entry != self._directory]
        sys.modules.update(self._modules)
        try:
            yield
        finally:
            sys.path[:] = path
            self._hide({*self._modules, *(sys.modules.keys() - before)})
            sys.modules.update(own)

    def _hide(self, names: set[str]) -> None:
        for name in filter(self._is_shadowed, names):
            if (module := sys.modules.pop(name, None)) is not None:
                self._modules[name] = module

    def _is_shadowed(self, name: str) -> bool:
        return name.partition(".")[0] in self._names


def _names(directory: str) -> frozenset[str]:
    """Of the modules in there that hide others."""
    try:
        listed = {name.partition(".")[0] for name in os.listdir(directory)}
    except OSError:
        return frozenset()
    loaded = {name.partition(".")[0] for name in sys.modules}
    names = (listed & (loaded | sys.stdlib_module_names)) - STARTED - set(sys.builtin_module_names)
    return frozenset(name for name in names if _hides(name, directory))


def _hides(name: str, directory: str) -> bool:
    found = PathFinder.find_spec(name, [directory])
    if found is None:
        return False
    # A directory without `__init__.py` hides nothing, and is joined to another one.
    other = getattr(sys.modules.get(name), "__file__", None)
    return found.origin is not None or (name in sys.modules and other is None)
