"""Masks secret values in records and statuses."""

from __future__ import annotations

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.struct_pb2 import Struct

from stigmer_api.masking import Masker, masker_of
from stigmer_api.values import from_struct, set_struct
from stigmerd.executions.records import MessageSet, Record
from stigmerd.process.offload import aside

__all__ = ["Masker", "mask_message", "mask_record", "masker_beside", "masker_of"]

BYTES_EACH = 1000  # of a secret in all its spellings, more or less

# Fields of records and of status messages that may quote a secret.
MASKED_FIELDS = frozenset({"input", "output", "error", "content", "metadata", "args", "result"})


async def masker_beside(secrets: frozenset[str]) -> Masker:
    """Made beside the event loop. `masker_of` finds it at once, as long as somebody holds it."""
    return await aside(BYTES_EACH * len(secrets), masker_of, secrets)


def mask_record(record: Record, masker: Masker) -> Record:
    """Masks what it says; not which task, message or state it is about."""
    if not masker:
        return record
    values = {name: getattr(record, name) for name in record.__slots__}
    for name in values.keys() & MASKED_FIELDS:
        values[name] = masker.json(values[name])
    if isinstance(record, MessageSet) and not record.complete:
        values["content"] = masker.unfinished(record.content)
    return type(record)(**values)


def mask_message(message: Message, masker: Masker) -> None:
    """The same for a status, in place."""
    if masker:
        _mask_fields(message, masker, inside=False)


def _mask_fields(message: Message, masker: Masker, *, inside: bool) -> None:
    for field, value in message.ListFields():
        masked = inside or field.name in MASKED_FIELDS
        items = value.values() if _is_map(field) else value if field.is_repeated else [value]
        if field.message_type is not None:
            for item in items:
                if isinstance(item, Struct) and masked:  # its names and numbers, too
                    set_struct(item, masker.json(from_struct(item)))
                elif isinstance(item, Message):
                    _mask_fields(item, masker, inside=masked)
        elif masked and field.type == field.TYPE_STRING and not field.is_repeated:
            setattr(message, field.name, masker.text(value))


def _is_map(field: FieldDescriptor) -> bool:
    return bool(field.message_type is not None and field.message_type.GetOptions().map_entry)
