"""Where has the environment of a command its libraries, and which lie elsewhere?"""

# Paths as text: many are looked up for one that is there.
# ruff: noqa: PTH112, PTH117, PTH120

from __future__ import annotations

import os
from pathlib import Path

from stigmer_api.program.known import MOST_FOLLOWED_BYTES, content_of
from stigmer_api.program.python import in_python
from stigmer_api.program.tree import ENVIRONMENT

MOST_PATH_FILES = 50


def installed(program: str) -> list[Path]:
    """The directories of libraries of the virtual environment that a command lies in."""
    place = Path(program).parent.parent
    return [*place.glob("lib/python*/site-packages")] if (place / ENVIRONMENT).is_file() else []


def elsewhere(place: Path) -> list[str]:
    """Directories, by the `.pth` files and the finders that editable installations leave."""
    found: list[str] = []
    for file in sorted([*place.glob("*.pth"), *place.glob("__editable__*finder.py")])[:MOST_PATH_FILES]:
        content = content_of(str(file), MOST_FOLLOWED_BYTES) or b""
        if file.suffix == ".pth":
            found += [line.strip() for line in content.decode("utf-8", "replace").splitlines()]
        else:
            found += [os.path.dirname(name) for name in in_python(content).names if name.startswith(os.sep)]
    return [each for each in dict.fromkeys(found) if os.path.isabs(each) and os.path.isdir(each)]
