"""Long JSON, read and written in pieces.

In one piece it keeps the interpreter from everybody else, in whatever thread: `json` is written in C and does
not let go before it is done.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, Final

LONG: Final = 1 << 18  # characters; what is shorter is done in one piece
# Levels of lists and objects that are taken apart; what is deeper inside is one piece.
READ_LEVELS: Final = 2
WRITTEN_LEVELS: Final = 4
MANY: Final = 500  # items that are one piece
SPACE: Final = re.compile(r"[ \t\n\r]*")
DECODER: Final = json.JSONDecoder()
SCAN: Final[Callable[[str, int], tuple[Any, int]]] = vars(DECODER)["scan_once"]
ENCODERS: Final = {
    ascii_only: json.JSONEncoder(ensure_ascii=ascii_only, separators=(",", ":"))
    for ascii_only in (False, True)
}


class _Odd(Exception):  # noqa: N818
    """No JSON, or none that is worth the trouble: `json` will say it better."""


def loads(text: str | bytes) -> Any:
    """As json.loads."""
    if len(text) < LONG:
        return json.loads(text)
    if isinstance(text, bytes):
        text = text.decode(json.detect_encoding(text), "surrogatepass")
    try:
        value, end = _value(text, _after(text, 0), READ_LEVELS)
    except (_Odd, StopIteration):
        return json.loads(text)
    return value if _after(text, end) == len(text) else json.loads(text)


def _value(text: str, start: int, levels: int) -> tuple[Any, int]:
    sign = text[start : start + 1]
    if levels and sign == "[":
        return _list(text, start + 1, levels - 1)
    if levels and sign == "{":
        return _object(text, start + 1, levels - 1)
    return SCAN(text, start)


def _list(text: str, at: int, levels: int) -> tuple[list[Any], int]:
    items: list[Any] = []
    at = _after(text, at)
    if text[at : at + 1] == "]":
        return items, at + 1
    while True:
        item, at = _value(text, at, levels)
        items.append(item)
        at = _after(text, at)
        sign = text[at : at + 1]
        at = _after(text, at + 1)
        if sign == "]":
            return items, at
        if sign != ",":
            raise _Odd


def _object(text: str, at: int, levels: int) -> tuple[dict[str, Any], int]:
    members: dict[str, Any] = {}
    at = _after(text, at)
    if text[at : at + 1] == "}":
        return members, at + 1
    while True:
        if text[at : at + 1] != '"':
            raise _Odd
        name, at = SCAN(text, at)
        at = _after(text, at)
        if text[at : at + 1] != ":":
            raise _Odd
        members[name], at = _value(text, _after(text, at + 1), levels)
        at = _after(text, at)
        sign = text[at : at + 1]
        at = _after(text, at + 1)
        if sign == "}":
            return members, at
        if sign != ",":
            raise _Odd


def _after(text: str, at: int) -> int:
    """Where the next sign is that is no space."""
    if text[at : at + 1] not in " \t\n\r":
        return at
    space = SPACE.match(text, at)
    return space.end() if space else at


def dumps(value: Any, *, ascii_only: bool = False) -> str:
    """As json.dumps, without spaces."""
    return "".join(_written(value, ENCODERS[ascii_only], WRITTEN_LEVELS))


def _written(value: Any, encoder: json.JSONEncoder, levels: int) -> Iterator[str]:
    if not levels or not value or not isinstance(value, dict | list | tuple):
        yield encoder.encode(value)
    elif isinstance(value, dict):
        mark = "{"
        for name, each in value.items():
            yield mark + encoder.encode({name: None})[1:-5]
            yield from _written(each, encoder, levels - 1)
            mark = ","
        yield "}"
    else:
        mark, items = "[", iter(value)
        while piece := list(islice(items, MANY)):
            if any(isinstance(each, dict | list | tuple) and len(each) > MANY for each in piece):
                for each in piece:
                    yield mark
                    yield from _written(each, encoder, levels - 1)
                    mark = ","
            else:
                yield mark + encoder.encode(piece)[1:-1]
            mark = ","
        yield "]"
