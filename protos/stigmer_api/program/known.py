"""What does a file hold, and what does it mention? Remembered as long as its stat proves it the same."""

# Paths as text: many are looked up for one that is there.
# ruff: noqa: PTH116, PTH119

from __future__ import annotations

import hashlib
import os
import time
from collections import OrderedDict
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock

from stigmer_api.program.mentions import Mentions, in_text
from stigmer_api.program.python import in_python
from stigmer_api.reading import read_bounded

MOST_READ_BYTES = 16 << 20  # of one file
MOST_FOLLOWED_BYTES = 1 << 20  # of one file: what it mentions
KEPT = 4000  # files that are remembered
RACY_NS = 2_000_000_000  # a stat proves nothing about a file that was written so lately

PYTHON = (".py", ".pyw")
JAVASCRIPT = (".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx")
SCRIPTS = (*JAVASCRIPT, ".sh", ".bash", ".zsh", ".fish", ".rb", ".pl", ".php", ".lua", ".go", ".rs", ".java")
SETTINGS = (".json", ".yaml", ".yml", ".toml", ".ini", ".cfg", ".conf", ".mk", ".gradle", ".xml")
CODE = (*PYTHON, *SCRIPTS, *SETTINGS)
RULES = ("Makefile", "makefile", "GNUmakefile", "justfile", "Justfile")


@dataclass(frozen=True, slots=True)
class Look:
    """What a file held when it was read."""

    digest: bytes  # empty: it was too large
    mentions: Mentions | None  # None: it is no code
    read_bytes: int


_looks: OrderedDict[str, tuple[tuple[int, ...], Look]] = OrderedDict()
_mentions: OrderedDict[tuple[bytes, bool, bool], Mentions | None] = OrderedDict()
_lock = Lock()


def look(path: str, most_bytes: int = MOST_READ_BYTES) -> Look:
    """A file that is gone, or no regular one, is as one that is too large."""
    before = _stat(path)
    with _lock:
        kept = _looks.get(path)
        if kept is not None and kept[0] == before:
            _looks.move_to_end(path)
            return replace(kept[1], read_bytes=0)
    moment = time.time_ns()
    content = content_of(path, min(most_bytes, MOST_READ_BYTES))
    if content is None:
        return Look(b"", None, 0)
    digest = hashlib.blake2b(content, digest_size=16).digest()
    found = Look(digest, _kept_mentions(path, content, digest), len(content))
    if before == _stat(path) and moment - max(before[3:]) > RACY_NS:
        with _lock:
            _looks[path] = (before, found)
            while len(_looks) > KEPT:
                _looks.popitem(last=False)
    return found


def _kept_mentions(path: str, content: bytes, digest: bytes) -> Mentions | None:
    """The same content mentions the same: of files that are written again and again."""
    kind = (digest, is_python(path, content), _is_code(path, content))
    with _lock:
        if kind in _mentions:
            _mentions.move_to_end(kind)
            return _mentions[kind]
    found = mentions_of(path, content)
    with _lock:
        _mentions[kind] = found
        while len(_mentions) > KEPT:
            _mentions.popitem(last=False)
    return found


def _stat(path: str) -> tuple[int, ...]:
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return (0, 0, 0, 0, 0)
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def content_of(path: str, most_bytes: int = MOST_READ_BYTES) -> bytes | None:
    """None: it is too large to be read, no regular file, or gone."""
    try:
        return read_bounded(Path(path), most_bytes)
    except OSError:
        return None


def mentions_of(path: str, content: bytes) -> Mentions | None:
    """None: it is no code."""
    if len(content) > MOST_FOLLOWED_BYTES:
        return None
    if is_python(path, content):
        return in_python(content)
    return in_text(content.decode("utf-8", "replace")) if _is_code(path, content) else None


def is_python(path: str, content: bytes) -> bool:
    """By its name, or by its first line."""
    return path.endswith(PYTHON) or (content.startswith(b"#!") and b"python" in content.split(b"\n", 1)[0])


def _is_code(path: str, content: bytes) -> bool:
    return path.endswith(CODE) or content.startswith(b"#!") or os.path.basename(path) in RULES
