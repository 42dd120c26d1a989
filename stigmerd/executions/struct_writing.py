"""Any JSON as a protobuf Struct.

Written as protobuf's bytes: to fill a Struct value by value takes ten times as long.
"""

from __future__ import annotations

import json
import math
from struct import Struct as Format
from typing import Final

from google.protobuf.struct_pb2 import Struct

from stigmerd.store.json import Json

DEEPEST_STRUCT = 24  # protobuf parsers stop at 100 nested messages; one level of JSON takes up to three

# Field number and wire type, as protobuf writes them.
FIRST, SECOND = b"\x0a", b"\x12"
NUMBER, TEXT, BOOL, OBJECT, LIST = b"\x11", b"\x1a", b"\x20", b"\x2a", b"\x32"
NULL, TRUE, FALSE = b"\x08\x00", BOOL + b"\x01", BOOL + b"\x00"
DOUBLE: Final = Format("<cd").pack
HUGE: Final = 2**1023
MOST_IN_ONE_BYTE: Final = 0x80


def set_struct(struct: Struct, value: Json) -> None:
    """An object as it is; anything else as `{"value": …}`."""
    struct.Clear()
    update_struct(struct, value if isinstance(value, dict) else {"value": value})


def update_struct(struct: Struct, value: dict[str, Json]) -> None:
    """What a Struct can hold: no huge numbers, no infinities, not too deep."""
    struct.MergeFromString(_members(value, DEEPEST_STRUCT - 1))


def _value(value: Json, levels: int) -> bytes:
    if isinstance(value, str):
        return _text(value)
    if value is None:
        return NULL
    if isinstance(value, bool):
        return TRUE if value else FALSE
    if isinstance(value, int):
        return DOUBLE(NUMBER, value) if -HUGE < value < HUGE else _text(str(value))
    if isinstance(value, float):
        return DOUBLE(NUMBER, value) if math.isfinite(value) else _text(str(value))
    if not levels:
        return _text(json.dumps(value, ensure_ascii=False))
    if isinstance(value, dict):
        return OBJECT + _sized(_members(value, levels - 1))
    return LIST + _sized(b"".join([FIRST + _sized(_value(each, levels - 1)) for each in value]))


def _members(value: dict[str, Json], levels: int) -> bytes:
    return b"".join(
        [
            FIRST + _sized(FIRST + _sized(str(key).encode()) + SECOND + _sized(_value(each, levels)))
            for key, each in value.items()
        ]
    )


def _text(text: str) -> bytes:
    return TEXT + _sized(text.encode())


def _sized(data: bytes) -> bytes:
    """With its length before it."""
    size = len(data)
    if size < MOST_IN_ONE_BYTE:
        return LENGTHS[size] + data
    length = bytearray()
    while size >= MOST_IN_ONE_BYTE:
        length.append(size & 0x7F | MOST_IN_ONE_BYTE)
        size >>= 7
    length.append(size)
    return bytes(length) + data


LENGTHS: Final = tuple(bytes([size]) for size in range(MOST_IN_ONE_BYTE))
