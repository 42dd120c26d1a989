"""What does a file mention? Remembered by its content, which decides that alone."""

# Paths as text: many are looked up for one that is there.
# ruff: noqa: PTH119

from __future__ import annotations

import hashlib
import os
from collections import OrderedDict
from pathlib import Path
from threading import Lock

from stigmer_api.program.mentions import Mentions, in_text
from stigmer_api.program.python import in_python
from stigmer_api.reading import read_bounded

MOST_READ_BYTES = 64 << 20  # of one file
MOST_FOLLOWED_BYTES = 1 << 20  # of one file: what it mentions
KEPT = 2000  # files whose mentions are remembered

PYTHON = (".py", ".pyw")
JAVASCRIPT = (".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx")
SCRIPTS = (*JAVASCRIPT, ".sh", ".bash", ".zsh", ".fish", ".rb", ".pl", ".php", ".lua", ".go", ".rs", ".java")
SETTINGS = (".json", ".yaml", ".yml", ".toml", ".ini", ".cfg", ".conf", ".mk", ".gradle", ".xml")
CODE = (*PYTHON, *SCRIPTS, *SETTINGS)
RULES = ("Makefile", "makefile", "GNUmakefile", "justfile", "Justfile")

_known: OrderedDict[tuple[bytes, bool], Mentions] = OrderedDict()
_lock = Lock()


def content_of(path: str, most_bytes: int = MOST_READ_BYTES) -> bytes | None:
    """None: it is too large to be read, no regular file, or gone."""
    try:
        return read_bounded(Path(path), most_bytes)
    except OSError:
        return None


def digest_of(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=16).digest()


def mentions_of(path: str, content: bytes, digest: bytes) -> Mentions | None:
    """None: it is no code."""
    python = is_python(path, content)
    if len(content) > MOST_FOLLOWED_BYTES or not (python or _is_code(path, content)):
        return None
    with _lock:
        if (found := _known.get((digest, python))) is not None:
            _known.move_to_end((digest, python))
            return found
    found = in_python(content) if python else in_text(content.decode("utf-8", "replace"))
    with _lock:
        _known[digest, python] = found
        while len(_known) > KEPT:
            _known.popitem(last=False)
    return found


def is_python(path: str, content: bytes) -> bool:
    """By its name, or by its first line."""
    return path.endswith(PYTHON) or (content.startswith(b"#!") and b"python" in content.split(b"\n", 1)[0])


def _is_code(path: str, content: bytes) -> bool:
    return path.endswith(CODE) or content.startswith(b"#!") or os.path.basename(path) in RULES
