"""Which version of stigmer is this?"""

from __future__ import annotations

from stigmerd.version import VERSION


def line() -> str:
    return f"stigmer {VERSION}"
