"""JSON values, and their text as SQLite takes it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from stigmerd.process import long_json

Json = Any  # what json.dumps takes


@dataclass(frozen=True, slots=True)
class Written:
    """A value that is JSON already, and text: see `dumps`."""

    text: str


def dumps(value: Json) -> str:
    """Halves of surrogate pairs, which are no text, become `?`."""
    if isinstance(value, Written):
        return value.text
    return _as_text(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


def long_dumps(value: Json) -> str:
    """The same, in pieces: for another thread."""
    return _as_text(long_json.dumps(value))


def is_text(text: str) -> bool:
    """False for halves of surrogate pairs."""
    if text.isascii():
        return True
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _as_text(text: str) -> str:
    return text if is_text(text) else text.encode("utf-8", "replace").decode("utf-8")
