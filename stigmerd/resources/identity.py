"""Ids, slugs and times, as the API writes them."""

from __future__ import annotations

import re
import secrets
import time
from datetime import UTC, datetime
from typing import Final

from google.protobuf.timestamp_pb2 import Timestamp

LOCAL_ORGANIZATION = "local"
MAX_SLUG_CHARACTERS = 253
MAX_ID_CHARACTERS = 128

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_last = 0
_PLAIN: Final = re.compile(r"[A-Za-z0-9._-]+")


def new_id(prefix: str) -> str:
    """`<prefix>-<ULID>`; later ones sort after earlier ones of this process."""
    global _last
    _last = max(_last + 1, time.time_ns() // 1_000_000 << 80 | secrets.randbits(80))
    return f"{prefix}-" + "".join(_ALPHABET[_last >> shift & 31] for shift in range(125, -1, -5))


def is_id(text: str) -> bool:
    """The one rule for ids, of whatever kind. No path is built from one all the same."""
    return _plain(text, MAX_ID_CHARACTERS)


def is_slug(text: str) -> bool:
    """What a client may choose; what `slug_of` gives is narrower."""
    return _plain(text, MAX_SLUG_CHARACTERS)


def _plain(text: str, most: int) -> bool:
    return len(text) <= most and _PLAIN.fullmatch(text) is not None and text not in (".", "..")


def slug_of(name: str) -> str:
    """The server's rule: other characters are dropped, not replaced."""
    kept = re.sub(r"[^a-z0-9-]", "", name.lower().replace(" ", "-"))
    return re.sub(r"-+", "-", kept).strip("-")


def now() -> Timestamp:
    """With microseconds: the text form has no more."""
    stamp = Timestamp()
    stamp.FromMicroseconds(time.time_ns() // 1000)
    return stamp


def text_of(stamp: Timestamp) -> str:
    """RFC 3339 in UTC, always with six digits, so that texts sort like times."""
    moment = datetime.fromtimestamp(stamp.seconds, UTC).replace(microsecond=stamp.nanos // 1000)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
