"""What is in the project, as its program and the soak both see it; copied beside the program."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

UNSEEN = (".git", ".stigmer", "ignored")
IGNORED_SUFFIX = "~"
ENV_FILE = ".env"  # the program does not read it: its variables reach what is executed
MODULES = ("main.py", "module.py")
VERSION = re.compile(r"^VERSION = (\d+)$", re.MULTILINE)


def look(root: Path) -> dict[str, str]:
    """Path → what the file holds, in a few letters. A file that vanishes under our eyes is not there."""
    tree = {}
    for directory, names, files in os.walk(root):
        names[:] = [name for name in names if name not in UNSEEN and name != "__pycache__"]
        for name in files:
            if not name.endswith(IGNORED_SUFFIX) and name != ENV_FILE:
                place = Path(directory, name)
                try:
                    content = place.read_bytes()
                except OSError:
                    continue
                tree[place.relative_to(root).as_posix()] = sha256(content).hexdigest()[:12]
    return tree


def versions(root: Path) -> dict[str, str]:
    """`main.py!` → the number in its text: what an interpreter that reads it now executes."""
    found = {}
    for name in MODULES:
        try:
            match = VERSION.search((root / name).read_text())
        except OSError:
            continue
        if match:
            found[f"{name}!"] = match[1]
    return found


def digest(tree: Mapping[str, str]) -> str:
    """One name for all of it."""
    return sha256(json.dumps(tree, sort_keys=True).encode()).hexdigest()[:16]
