"""Can everything in a message be kept, and given back, as JSON and as a part of other messages?"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from google.protobuf import descriptor_pool
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from stigmer_api.validation import Violation

Finding = tuple[str, str]  # rule id, message

NUMBER, TIME = "google.protobuf.Value.number_value", "google.protobuf.Timestamp"
JSON = ("google.protobuf.Struct", "google.protobuf.Value", "google.protobuf.ListValue")

# Parsers stop at 100 levels. A list of executions is a message around them, and so is much else.
DEEPEST = 97
PARSERS_DEEPEST = 100
# The years 1 to 9999, which is all that a Timestamp may have.
FIRST_SECOND, LAST_SECOND = -62_135_596_800, 253_402_300_799
LAST_NANOSECOND = 999_999_999
# The last two bytes of every double that is no number, or infinite. UTF-8 text has no such pair.
NOT_FINITE = re.compile(rb"[\xf0-\xff][\x7f\xff]")


def parse(kind: type[Message], data: bytes) -> Message:
    """Raises DecodeError, also for what is nested deeper than `DEEPEST`."""
    if NUMBER not in _reached(kind.DESCRIPTOR):
        return kind.FromString(data)
    # Parsers count the levels, so it is parsed inside of as many messages as shall fit around it.
    nested = _field_2(data)
    for _ in range(PARSERS_DEEPEST - DEEPEST - 1):
        nested = _field_1(nested)
    envelope: Any = _envelope(kind.DESCRIPTOR).FromString(nested)
    for _ in range(PARSERS_DEEPEST - DEEPEST - 1):
        envelope = envelope.envelope
    content: Message = envelope.content
    return content


def unrepresentable(message: Message, data: bytes) -> list[Violation]:
    """The first thing that is not, if any. `data` is the message as it came."""
    wanted = {TIME, NUMBER} if NOT_FINITE.search(data) else {TIME}
    if not _reached(message.DESCRIPTOR) & wanted:
        return []
    return next(([found] for found in _walk(message, "", wanted)), [])


def _walk(message: Message, prefix: str, wanted: set[str]) -> Iterator[Violation]:
    json = message.DESCRIPTOR.full_name in JSON
    for field, value in message.ListFields():
        for suffix, content, each in _items(field, value):
            path = prefix.removesuffix(".") + suffix if json else f"{prefix}{field.name}{suffix}"
            check = _check(content)
            if check is not None and (finding := check(each)):
                yield Violation(path, *finding)
            elif content.message_type is not None and _reached(content.message_type) & wanted:
                yield from _walk(each, f"{path}.", wanted)


def _items(field: FieldDescriptor, value: Any) -> Iterator[tuple[str, FieldDescriptor, Any]]:
    """Where, what kind of field, and the value."""
    if not field.is_repeated:
        yield "", field, value
    elif field.message_type is not None and field.message_type.GetOptions().map_entry:
        content = field.message_type.fields_by_name["value"]
        yield from ((f'["{key}"]', content, value[key]) for key in value)
    else:
        yield from ((f"[{index}]", field, each) for index, each in enumerate(value))


def _check(field: FieldDescriptor) -> Callable[[Any], Finding | None] | None:
    if field.full_name == NUMBER:
        return _finite
    if field.message_type is not None and field.message_type.full_name == TIME:
        return _moment
    return None


def _finite(value: float) -> Finding | None:
    return None if math.isfinite(value) else ("number.finite", f"must be a finite number, is {value}")


def _moment(value: Any) -> Finding | None:
    if FIRST_SECOND <= value.seconds <= LAST_SECOND and 0 <= value.nanos <= LAST_NANOSECOND:
        return None
    return "timestamp", f"must be a moment of the years 1 to 9999, is {value.seconds} s {value.nanos} ns"


@cache
def _reached(descriptor: Descriptor) -> frozenset[str]:
    """Which doubtful values a message of this type can have, at any depth."""
    found, seen, waiting = set(), {descriptor.full_name}, [descriptor]
    while waiting:
        message = waiting.pop()
        if message.full_name == TIME:
            found.add(TIME)
        for field in message.fields:
            if field.full_name == NUMBER:
                found.add(NUMBER)
            if field.message_type is not None and field.message_type.full_name not in seen:
                seen.add(field.message_type.full_name)
                waiting.append(field.message_type)
    return frozenset(found)


@cache
def _envelope(content: Descriptor) -> type[Message]:
    """`message Envelope { Envelope envelope = 1; <content> content = 2; }`"""
    package = f"stigmer_envelopes.{content.full_name}"
    file = FileDescriptorProto(
        name=f"{package}.proto", package=package, syntax="proto3", dependency=[content.file.name]
    )
    envelope = file.message_type.add(name="Envelope")
    for number, (name, type_name) in enumerate(
        (("envelope", f"{package}.Envelope"), ("content", content.full_name)), start=1
    ):
        envelope.field.add(
            name=name,
            number=number,
            type_name=f".{type_name}",
            type=FieldDescriptorProto.TYPE_MESSAGE,
            label=FieldDescriptorProto.LABEL_OPTIONAL,
        )
    pool = descriptor_pool.Default()
    pool.Add(file)
    return GetMessageClass(pool.FindMessageTypeByName(f"{package}.Envelope"))


def _field_1(data: bytes) -> bytes:
    return b"\x0a" + _varint(len(data)) + data


def _field_2(data: bytes) -> bytes:
    return b"\x12" + _varint(len(data)) + data


def _varint(number: int) -> bytes:
    written = bytearray()
    while number > 127:
        written.append(number & 127 | 128)
        number >>= 7
    return bytes([*written, number])
