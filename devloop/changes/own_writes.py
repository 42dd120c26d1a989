"""Did an agent write this file with its own tools? It must not start its next run, or end this one.

The tool says so on the file itself, in the moment in which the file appears: an extended attribute holds the
hash of what was written. Whoever edits the file afterwards changes its content, and then it counts.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

from stigmer_api.facts import WRITTEN_ATTRIBUTE

LARGEST_BYTES = 10 << 20  # that a tool writes


def written_by_agents(root: Path, paths: Iterable[str]) -> bool:
    """Is all of it as a tool has left it?"""
    return all(_as_left(root / path) for path in paths)


def _as_left(file: Path) -> bool:
    try:
        said = os.getxattr(file, WRITTEN_ATTRIBUTE)
        with file.open("rb") as opened:
            content = opened.read(LARGEST_BYTES + 1)
    except (OSError, AttributeError):  # it says nothing, is gone, or this system has no such attributes
        return False
    return hashlib.sha256(content).hexdigest().encode() == said
