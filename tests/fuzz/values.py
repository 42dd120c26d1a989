"""Values for the fields of a message: those that a friend would send, and those that an enemy would."""

from __future__ import annotations

import math
from collections.abc import Mapping
from random import Random
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.struct_pb2 import ListValue, Struct, Value

PLAIN_TEXTS = ("alpha", "Beta 2", "gamma-3", "The quick brown fox jumps", "ünï", "x", "1", "${ .a }")
ODD_TEXTS = (
    "",
    ".",
    "..",
    "a\0b",
    "\0",
    "line\nline\r\nline",
    "\u202egnp.exe",
    "\u200b\ufeff",
    "\x1b[31mred\x07",
    "\x1f\x1f",
    "\ufffe\uffff",
    "\U0010ffff",
    "🦊" * 90,
    "A" * 300,
    "a/" * 200,
    "%s%n%x{0}{__class__}",
    "${",
    "${ }",
    "${ .a | }",
    "${ $secret.NONE }",
    "${ error(null) }",
    "'; DROP TABLE resources; --",
    '{"a": [1, {"b": null}]}',
    "[" * 2000,
    '"\\ud800"',
    "9" * 5000,
    "NaN",
    "1e999",
    "2026-02-30T25:61:61Z",
    "before-99999999999999999999",
    "latest",
    "K",
    "k",
    "ſ",  # is an s when its case is folded
    "e\u0301",
    "\u00e9",
)
LONG_TEXT = "long " * 20_000
LOCAL_URLS = (
    "http://127.0.0.1:9/x",
    "http://[::1]:9/",
    "http://127.0.0.1:9/%00?q=%ff#x",
)  # nobody answers there

INTEGERS: Mapping[int, tuple[int, ...]] = {
    FieldDescriptor.CPPTYPE_INT32: (0, 1, -1, 7, 1000, 2**31 - 1, -(2**31)),
    FieldDescriptor.CPPTYPE_INT64: (0, 1, -1, 2**53, 2**63 - 1, -(2**63)),
    FieldDescriptor.CPPTYPE_UINT32: (0, 1, 2**32 - 1),
    FieldDescriptor.CPPTYPE_UINT64: (0, 1, 2**63, 2**64 - 1),
}
FINITE = (0.0, 1.0, -1.5, 1e15, 2.0**53, 1.7976931348623157e308, 5e-324, -0.0, 0.1)
NUMBERS = (*FINITE, math.nan, math.inf, -math.inf)
DEPTHS = (3, 12, 25, 40, 43, 44, 45, 46)  # levels of lists; there is a limit at about 47


def paths(canary: str) -> tuple[str, ...]:
    """To a directory that nobody may touch, and out of wherever we are."""
    name = canary.rpartition("/")[2]
    return (
        canary,
        f"{canary}/kept",
        f"../{name}",
        f"../../{name}",
        f"../../../{name}/kept",
        f"x/../../{name}",
    )


def text(random: Random, canary: str) -> str:
    match random.random():
        case share if share < 0.25:
            return random.choice(paths(canary))
        case share if share < 0.27:
            return LONG_TEXT
        case share if share < 0.35:
            return "".join(chr(random.randrange(0xD800)) for _ in range(random.randrange(40)))
    return random.choice(ODD_TEXTS)


def json_value(random: Random, levels: int = 3, *, hostile: bool = False) -> Value:
    """Any JSON; a hostile one has names, numbers and levels that no JSON has."""
    kind = random.randrange(8 if levels else 5)
    if kind == 0:
        return Value(null_value=0)  # type: ignore[arg-type]
    if kind == 1:
        return Value(number_value=random.choice(NUMBERS if hostile and random.random() < 0.5 else FINITE))
    if kind == 2:
        return Value(bool_value=random.random() < 0.5)
    if kind == 3 and hostile:
        return Value()
    if kind in (3, 4):
        return Value(string_value=random.choice(ODD_TEXTS if hostile else PLAIN_TEXTS))
    if kind == 5:
        length = random.choice((0, 1, 2, 3, 400 if hostile else 4))
        return Value(
            list_value=ListValue(values=[json_value(random, 0, hostile=hostile) for _ in range(length)])
        )
    if kind == 6 and hostile:
        return deep(random.choice(DEPTHS))
    return Value(struct_value=json_object(random, levels - 1, hostile=hostile))


def json_object(random: Random, levels: int = 3, *, hostile: bool = False) -> Struct:
    names = ODD_TEXTS if hostile else PLAIN_TEXTS
    return Struct(
        fields={
            random.choice(names): json_value(random, levels, hostile=hostile)
            for _ in range(random.randrange(1 if hostile else 0, 4))
        }
    )


def deep(levels: int) -> Value:
    value = Value(number_value=1)
    for _ in range(levels):
        outer = Value()
        outer.list_value.values.append(value)
        value = outer
    return value


def scalar(random: Random, field: FieldDescriptor, canary: str) -> Any:
    """A hostile value for a field that is no message."""
    if field.cpp_type in INTEGERS:
        return random.choice(INTEGERS[field.cpp_type])
    match field.cpp_type:
        case FieldDescriptor.CPPTYPE_ENUM:
            return random.choice((0, 1, 2, 3, 40, 50, 99, -1, 2**31 - 1))
        case FieldDescriptor.CPPTYPE_BOOL:
            return random.random() < 0.5
        case FieldDescriptor.CPPTYPE_DOUBLE | FieldDescriptor.CPPTYPE_FLOAT:
            return random.choice(NUMBERS)
    if field.type == FieldDescriptor.TYPE_BYTES:
        return random.randbytes(random.choice((0, 1, 10, 1000, 100_000 if random.random() < 0.1 else 22)))
    return text(random, canary)


def garbled(random: Random, data: bytes) -> bytes:
    """The same, but for what an enemy or a bad line did to it."""
    changed = bytearray(data)
    for _ in range(random.choice((1, 1, 1, 2, 5))):
        if not changed:
            break
        place = random.randrange(len(changed))
        match random.randrange(6):
            case 0:
                del changed[place:]
            case 1:
                changed[place] = random.randrange(256)
            case 2:
                changed[place] ^= random.choice((1, 2, 3, 4, 8, 128))  # other wire types, other numbers
            case 3:
                changed[place:place] = random.randbytes(random.randrange(1, 9))
            case 4:
                changed += random.randbytes(random.randrange(1, 20))
            case 5:
                changed[place:place] = changed[: random.randrange(1, 200)]
    return bytes(changed)
