"""Ids, as command and backend make them."""

from __future__ import annotations

import os
import time

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_last = 0


def new_id(prefix: str) -> str:
    """`<prefix>-<ULID>`; later ones sort after earlier ones of this process."""
    global _last
    _last = max(_last + 1, time.time_ns() // 1_000_000 << 80 | int.from_bytes(os.urandom(10), "big"))
    return f"{prefix}-" + "".join(_ALPHABET[_last >> shift & 31] for shift in range(125, -1, -5))
