"""Which version of stigmer is this?"""

from __future__ import annotations

from stigmer_api.version import VERSION


def line() -> str:
    return f"stigmer {VERSION}"
