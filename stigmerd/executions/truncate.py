"""Shortens an execution that is too big for one message: its biggest values first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from google.protobuf.message import Message
from google.protobuf.struct_pb2 import Struct

MOST_BYTES: Final = 9 << 20  # a message of gRPC may have 10 MiB here
WORTH_BYTES: Final = 200  # what is smaller is left as it is
SHOWN_CHARACTERS: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Something that can be cut."""

    size: int
    result: bool  # of the whole execution: cut last
    cut: Callable[[], None]


def truncate(execution: Any) -> None:
    """In place. What remains of a value says how big it was."""
    size = execution.ByteSize()
    if size <= MOST_BYTES:
        return
    for part in sorted(_parts(execution.status), key=lambda part: (part.result, -part.size)):
        part.cut()
        size -= part.size - WORTH_BYTES  # what is left of it, at most
        if size <= MOST_BYTES:
            return


def _parts(status: Any) -> Iterator[Part]:
    answer = status.messages[-1] if getattr(status, "messages", None) else None
    for field, value in status.ListFields():
        if field.message_type is None:
            yield from _part(status, field.name, value, result=False)
        elif field.name == "output":
            yield from _part(status, field.name, value, result=True)
        else:
            entries = value.values() if hasattr(value, "values") else value
            for entry in entries if field.is_repeated else [value]:
                yield from _inside(entry, result=entry is answer)


def _inside(message: Message, *, result: bool) -> Iterator[Part]:
    for field, value in message.ListFields():
        if field.message_type is None or field.message_type is Struct.DESCRIPTOR:
            yield from _part(message, field.name, value, result=result)
        elif field.is_repeated:
            for entry in value:
                yield from _inside(entry, result=False)


def _part(owner: Message, name: str, value: Any, *, result: bool) -> Iterator[Part]:
    if isinstance(value, str):
        size = len(value.encode())
        if size > WORTH_BYTES:
            short = f"{value[:SHOWN_CHARACTERS]}… ({size:,} bytes: too long to show)"
            yield Part(size=size, result=result, cut=lambda: setattr(owner, name, short))
    elif isinstance(value, Struct):
        size = value.ByteSize()
        if size > WORTH_BYTES:
            yield Part(size=size, result=result, cut=lambda: _cut_struct(value, size))


def _cut_struct(value: Struct, size: int) -> None:
    value.Clear()
    value.update({"truncated": True, "bytes": size})
