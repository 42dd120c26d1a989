"""Which version of stigmer is this?"""

from __future__ import annotations

VERSION = "0.1.0"


def line() -> str:
    return f"stigmer {VERSION}"
