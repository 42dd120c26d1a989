"""google.protobuf.Struct as plain values, and plain values as a Struct.

A Struct is written as protobuf's bytes: to fill it value by value takes ten times as long.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from struct import Struct as Format
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from google.protobuf.message import Message
    from google.protobuf.struct_pb2 import Struct, Value

Json = Any  # what json.dumps takes

WRITTEN_OUT: Final = 1e17  # whole numbers below this are ints; people wrote 3, not 3.0
DEEPEST_STRUCT: Final = (
    24  # protobuf parsers stop at 100 nested messages; one level of JSON takes up to three
)

# Field number and wire type, as protobuf writes them.
FIRST, SECOND = b"\x0a", b"\x12"
NUMBER, TEXT, BOOL, OBJECT, LIST = b"\x11", b"\x1a", b"\x20", b"\x2a", b"\x32"
NULL, TRUE, FALSE = b"\x08\x00", BOOL + b"\x01", BOOL + b"\x00"
DOUBLE: Final = Format("<cd").pack
HUGE: Final = 2**1023
MOST_IN_ONE_BYTE: Final = 0x80


def from_struct(struct: Struct) -> dict[str, Json]:
    """Names are in order: a Struct has none, and what runs again after a crash must run in the same order."""
    fields = struct.fields
    return {name: _plain(fields[name]) for name in sorted(fields)}


def from_message(message: Message) -> Json:
    """The same for any message with Structs inside, in its JSON form."""
    from google.protobuf.json_format import MessageToDict

    return _ordered(MessageToDict(message))


def as_json(struct: Struct) -> str:
    """One line; empty for an empty struct."""
    return json.dumps(from_struct(struct), ensure_ascii=False) if struct.fields else ""


def set_struct(struct: Struct, value: Json) -> None:
    """An object as it is; anything else as `{"value": …}`."""
    struct.Clear()
    update_struct(struct, value if isinstance(value, dict) else {"value": value})


def update_struct(struct: Struct, value: Mapping[str, Json]) -> None:
    """What a Struct can hold: no huge numbers, no infinities, not too deep."""
    struct.MergeFromString(_members(value, DEEPEST_STRUCT - 1))


def _plain(value: Value) -> Json:
    match value.WhichOneof("kind"):
        case "string_value":
            return value.string_value
        case "number_value":
            return _number(value.number_value)
        case "struct_value":
            return from_struct(value.struct_value)
        case "list_value":
            return [_plain(each) for each in value.list_value.values]
        case "bool_value":
            return value.bool_value
        case _:
            return None


def _ordered(value: Json) -> Json:
    match value:
        case dict():
            return {name: _ordered(value[name]) for name in sorted(value)}
        case list():
            return [_ordered(each) for each in value]
        case bool():
            return value
        case int() | float():
            return _number(float(value))
        case _:
            return value


def _number(number: float) -> int | float:
    """The wire knows only doubles."""
    return int(number) if number.is_integer() and abs(number) < WRITTEN_OUT else number


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


def _members(value: Mapping[str, Json], levels: int) -> bytes:
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
