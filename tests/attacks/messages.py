"""Every method of the API, and every text in the messages that they take."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import grpc
from google.protobuf.descriptor import Descriptor, FieldDescriptor, MethodDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from tests.support.contract import MODULES

DEEPEST = 6

Step = tuple[str, str]  # the name of a field, and what of it: "value", "key" (of a map), "inside"
Path = tuple[Step, ...]


def methods() -> list[MethodDescriptor]:
    return [
        method
        for module in MODULES
        for service in module.DESCRIPTOR.services_by_name.values()
        for method in service.methods
    ]


async def call(channel: grpc.aio.Channel, method: MethodDescriptor, request: Message) -> list[Any]:
    """All that it answers."""
    path = f"/{method.containing_service.full_name}/{method.name}"
    reply = GetMessageClass(method.output_type).FromString
    kind = type(request).SerializeToString
    if method.server_streaming:
        stream = channel.unary_stream(path, request_serializer=kind, response_deserializer=reply)
        return [each async for each in stream(request)]
    return [await channel.unary_unary(path, request_serializer=kind, response_deserializer=reply)(request)]


def texts(descriptor: Descriptor, depth: int = 0) -> Iterator[Path]:
    """The way to each text in a message of this type: one of each list, one of each map."""
    if depth > DEEPEST:
        return
    for field in descriptor.fields:
        entry = _entry(field)
        value = entry.fields_by_name["value"] if entry else field
        if entry and entry.fields_by_name["key"].type == FieldDescriptor.TYPE_STRING:
            yield ((field.name, "key"),)
        if value.type == FieldDescriptor.TYPE_STRING:
            yield ((field.name, "value"),)
        elif value.message_type is not None:
            for inner in texts(value.message_type, depth + 1):
                yield (field.name, "inside"), *inner


def plant(message: Any, path: Path, text: str) -> None:
    """What lies on the way is made where it is missing."""
    (name, what), *rest = path
    field = message.DESCRIPTOR.fields_by_name[name]
    entry = _entry(field)
    held = getattr(message, name)
    if what == "key":
        if entry is not None and entry.fields_by_name["value"].message_type is not None:
            held[text].SetInParent()
        else:
            held[text] = entry.fields_by_name["value"].default_value if entry else ""
    elif what == "value":
        if entry is not None:
            held["key"] = text
        elif field.is_repeated:
            held.append(text)
        else:
            setattr(message, name, text)
    elif entry is not None:
        plant(held[next(iter(held), "key")], tuple(rest), text)
    elif field.is_repeated:
        plant(held[0] if held else held.add(), tuple(rest), text)
    else:
        plant(held, tuple(rest), text)


def _entry(field: FieldDescriptor) -> Descriptor | None:
    """Of a map."""
    content = field.message_type
    return content if content is not None and content.GetOptions().map_entry else None
