"""google.protobuf.Struct as plain values: whole numbers are ints."""

from __future__ import annotations

from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message

from stigmerd.records import Json
from stigmerd.workflow.state import canonical


def from_struct(message: Message) -> Json:
    """A Struct, or any message with Structs inside, in its JSON form."""
    return canonical(MessageToDict(message))
