"""Modules of the standard library that few programs need, imported when they are needed."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

NAMES = ("json", "re", "difflib", "urllib.parse")

_kept: dict[str, Any] = {}


def late(name: str) -> Any:
    """One of NAMES; Python's own if `keep` was called before the program could bring another."""
    return _kept.get(name) or sys.modules.get(name) or _imported(name)


def keep(name: str) -> None:
    """Imports it now, for a program that has a module by the same name."""
    _kept[name] = _imported(name)


def _imported(name: str) -> Any:
    __import__(name)
    return sys.modules[name]
