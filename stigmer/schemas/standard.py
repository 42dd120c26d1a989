"""Types of the standard library that JSON has as text: dates, UUIDs, paths."""

from __future__ import annotations

from functools import partial
from typing import Any

from stigmer.schemas.kinds import Schema, TextKind, ValueKind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _iso(owner: Any, value: Any) -> Any:
    return owner.fromisoformat(_text(value))


def _duration(owner: Any, value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(value)
    return owner(seconds=value)


def _made(owner: Any, value: Any) -> Any:
    return owner(_text(value))


def _decimal(owner: Any, value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise TypeError(value)
    return owner(str(value))


def _bytes(owner: Any, value: Any) -> Any:
    from base64 import b64decode

    return owner(b64decode(_text(value), validate=True))


# By module and name: the program has imported what it names, and others need not.
KNOWN: dict[tuple[str, str], tuple[str, Callable[[Any, Any], Any], Schema]] = {
    ("datetime", "datetime"): ("a date and time (ISO 8601)", _iso, {"type": "string", "format": "date-time"}),
    ("datetime", "date"): ("a date (YYYY-MM-DD)", _iso, {"type": "string", "format": "date"}),
    ("datetime", "time"): ("a time (HH:MM:SS)", _iso, {"type": "string", "format": "time"}),
    ("datetime", "timedelta"): (
        "a number of seconds",
        _duration,
        {"type": "number", "description": "in seconds"},
    ),
    ("uuid", "UUID"): ("a UUID", _made, {"type": "string", "format": "uuid"}),
    ("decimal", "Decimal"): (
        "a decimal number",
        _decimal,
        {"anyOf": [{"type": "number"}, {"type": "string"}]},
    ),
    ("pathlib", "PurePath"): ("a path", _made, {"type": "string", "format": "path"}),
    ("builtins", "bytes"): (
        "bytes in base64",
        _bytes,
        {"type": "string", "contentEncoding": "base64"},
    ),
}


def kind(annotation: type) -> ValueKind | None:
    """What it accepts, if it is one of these."""
    for base in annotation.__mro__:
        known = KNOWN.get((base.__module__.partition(".")[0], base.__name__))
        if known is not None:
            word, read, schema = known
            return TextKind(word, partial(read, annotation), schema)
    return None
