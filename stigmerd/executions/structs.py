"""google.protobuf.Struct as plain values: whole numbers are ints."""

from __future__ import annotations

from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message

from stigmerd.store.json import Json
from stigmerd.workflow.state import canonical


def from_struct(message: Message) -> Json:
    """A Struct, or any message with Structs inside, in its JSON form.

    Names are in order: a Struct has none, and what runs again after a crash must run in the same order.
    """
    return _ordered(canonical(MessageToDict(message)))


def _ordered(value: Json) -> Json:
    match value:
        case dict():
            return {name: _ordered(value[name]) for name in sorted(value)}
        case list():
            return [_ordered(each) for each in value]
        case _:
            return value
