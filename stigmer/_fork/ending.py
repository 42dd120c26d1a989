"""How a fork of the zygote ends: like a fresh process, but without taking the shared modules to pieces.

That would copy each page that they are on, and take as long as the program.
"""

from __future__ import annotations

import atexit
import gc
import os
import sys
from collections.abc import Callable
from functools import partial
from types import ModuleType

from stigmer import project

ESSENTIAL = ("sys", "builtins", "__main__")
# CPython takes these out of `sys` before it clears modules.
TAKEN = (
    *("path", "argv", "ps1", "ps2", "last_type", "last_value", "last_traceback"),
    *("path_hooks", "path_importer_cache", "meta_path", "__interactivehook__"),
)


class Ending:
    """Made before any module is preloaded: what is registered first happens last at an exit."""

    def __init__(self) -> None:
        self._modules: dict[str, object] = {}
        self._itself = self  # a cycle: nobody frees it
        atexit.register(self._forget)

    def keep(self) -> None:
        """What exists now outlives every fork, and the garbage collector does not look at it any more."""
        self._modules = {name: module for name, module in sys.modules.items() if name not in ESSENTIAL}
        gc.collect()
        gc.freeze()

    def end(self, done: Callable[[], object]) -> None:
        """The program has come to its end: what the interpreter does then, and status 0.

        `done` is called when nothing of the program is left to run; what follows is the kernel's work, and
        takes half as long again.
        """
        # The steps of CPython's Py_FinalizeEx().
        if (threading := sys.modules.get("threading")) is not None:
            threading._shutdown()  # waits for threads
        atexit.unregister(self._forget)
        atexit._run_exitfuncs()
        if not _flushed(sys.stdout, sys.stderr):
            return  # the interpreter knows what that means
        project.begin()
        self._clear_modules()
        _flushed(sys.stdout, sys.stderr)
        done()
        os._exit(0)

    def _clear_modules(self) -> None:
        """First what nobody needs, then the rest of each that the program has loaded, the last one first."""
        for name in filter(partial(hasattr, sys), TAKEN):
            setattr(sys, name, None)
        sys.stdin, sys.stdout, sys.stderr = sys.__stdin__, sys.__stdout__, sys.__stderr__
        kept = {*self._modules, "sys", "builtins"}
        # Held, because what a function needs may outlive its module, and has to go in good order as well: the
        # garbage collector closes the parts of a file before it writes what is in the whole.
        own = [
            module.__dict__
            for name, module in sys.modules.items()
            if isinstance(module, ModuleType) and name not in kept
        ]
        sys.modules.clear()
        gc.collect()
        for names in reversed(own):
            _clear(names)
        gc.collect()

    def _forget(self) -> None:
        for name, module in self._modules.items():
            if sys.modules.get(name) is module:
                del sys.modules[name]


def _clear(names: dict[str, object]) -> None:
    """Those with one underscore first, as `_PyModule_ClearDict()` does."""
    for name in sorted(names, key=lambda name: not name.startswith("_") or name[1:2] == "_"):
        if name != "__builtins__":
            names[name] = None


def _flushed(*streams: object) -> bool:
    for stream in streams:
        try:
            if stream is not None and not stream.closed:  # type: ignore[attr-defined]
                stream.flush()  # type: ignore[attr-defined]
        except Exception:  # a program may put anything there
            return False
    return True
