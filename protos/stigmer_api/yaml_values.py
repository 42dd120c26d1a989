"""What YAML makes of a text, as a JSON value."""

from __future__ import annotations

import math
from datetime import date
from typing import Any

Json = Any


class NotJson(ValueError):  # noqa: N818
    """JSON has no such value; the text says which."""


def as_json(value: object) -> Json:
    """Dates become texts, and so do names that are none. Raises NotJson."""
    match value:
        case None | bool() | int() | str():
            return value
        case float() if math.isfinite(value):
            return value
        case float():
            raise NotJson(f"{value} is no JSON number")
        case date():  # YAML makes one of 2026-01-31, with or without a time
            return value.isoformat()
        case dict():
            return {_name(key): as_json(each) for key, each in value.items()}
        case list():
            return [as_json(each) for each in value]
        case _:
            raise NotJson(f"JSON has no {type(value).__name__}")


def _name(key: object) -> str:
    match key:
        case str():
            return key
        case bool():
            return str(key).lower()
        case int() | float():
            return str(key)
        case date():
            return key.isoformat()
        case _:
            raise NotJson(f"{key!r} is no name")
