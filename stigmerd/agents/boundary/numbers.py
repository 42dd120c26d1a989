"""Numbers in a call's arguments that JSON has no room for: as text, which a tool can refuse with a reason."""

from __future__ import annotations

import json
import math
import re
from typing import Any, Final

# An exponent of three digits, more digits than a number may have, and what only Python writes.
SUSPECT: Final = re.compile(r"[0-9][eE]\+?[0-9]{3}|[0-9]{300}|NaN|Infinity")

Args = str | dict[str, Any] | None


def finite(args: Args) -> Args:
    """The same, if all is well."""
    if not isinstance(args, str) or not SUSPECT.search(args):
        return args
    try:
        found = json.loads(args, parse_float=_number, parse_int=_whole, parse_constant=str)
    except (ValueError, RecursionError):
        return args  # no JSON at all: it is refused as that
    return json.dumps(found, ensure_ascii=False)


def _number(text: str) -> float | str:
    number = float(text)
    return number if math.isfinite(number) else text


def _whole(text: str) -> int | str:
    try:
        return int(text)
    except ValueError:  # more digits than Python converts
        return text
