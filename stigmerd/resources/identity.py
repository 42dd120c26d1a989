"""What is an id, what is a slug?"""

from __future__ import annotations

import re
from typing import Final

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
