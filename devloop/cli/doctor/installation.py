"""Is this command itself complete?"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from devloop.cli.doctor.finding import Finding, doubtful, good
from stigmer_api.version import VERSION

AREA = "stigmer"


def installation() -> Iterator[Finding]:
    """Its version, its Python, and which command of that name the shell finds."""
    version = ".".join(map(str, sys.version_info[:3]))
    yield good(AREA, f"version {VERSION}, with Python {version} in {sys.prefix}")
    if other := _shadowed():
        yield doubtful(
            AREA,
            f"the shell finds another stigmer first: {other}",
            f"use this one: {sys.argv[0]}, or put its directory first in PATH",
        )


def _shadowed() -> str:
    """Another command of our name that PATH has before this one; empty if there is none."""
    import shutil
    from pathlib import Path

    here = Path(sys.argv[0])
    found = shutil.which("stigmer")
    if found is None or here.name != "stigmer" or not here.exists() or Path(found).samefile(here):
        return ""
    return found
