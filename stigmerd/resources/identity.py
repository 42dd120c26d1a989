"""Ids, slugs and times, as the API writes them."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from typing import Final

from google.protobuf.timestamp_pb2 import Timestamp

MAX_SLUG_CHARACTERS = 253
MAX_ID_CHARACTERS = 128

_PLAIN: Final = re.compile(r"[A-Za-z0-9._-]+")


def is_id(text: str) -> bool:
    """The one rule for ids, of whatever kind. No path is built from one all the same."""
    return _plain(text, MAX_ID_CHARACTERS)


def is_slug(text: str) -> bool:
    """What a client may choose; what `server_slug` gives is narrower."""
    return _plain(text, MAX_SLUG_CHARACTERS)


def _plain(text: str, most: int) -> bool:
    return len(text) <= most and _PLAIN.fullmatch(text) is not None and text not in (".", "..")


def now() -> Timestamp:
    """With microseconds: the text form has no more."""
    stamp = Timestamp()
    stamp.FromMicroseconds(time.time_ns() // 1000)
    return stamp


def text_of(stamp: Timestamp) -> str:
    """RFC 3339 in UTC, always with six digits, so that texts sort like times."""
    moment = datetime.fromtimestamp(stamp.seconds, UTC).replace(microsecond=stamp.nanos // 1000)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
