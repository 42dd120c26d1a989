"""What comes over the wire loosely, as Python values: structs, timestamps."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from google.protobuf.struct_pb2 import Struct, Value


def plain(struct: Struct) -> dict[str, Any]:
    return {name: _plain_value(value) for name, value in struct.fields.items()}


def _plain_value(value: Value) -> Any:
    match value.WhichOneof("kind"):
        case "struct_value":
            return plain(value.struct_value)
        case "list_value":
            return [_plain_value(each) for each in value.list_value.values]
        case "number_value":
            # The wire knows only doubles; people wrote 3, not 3.0.
            number = value.number_value
            return int(number) if number.is_integer() and abs(number) < 2**53 else number
        case "string_value":
            return value.string_value
        case "bool_value":
            return value.bool_value
        case _:
            return None


def as_json(struct: Struct) -> str:
    """One line; empty for an empty struct."""
    return json.dumps(plain(struct), ensure_ascii=False, sort_keys=True) if struct.fields else ""


def seconds_between(start: str, end: str) -> float | None:
    """None when either is missing, unreadable, or the clock went back."""
    begin, finish = moment(start), moment(end)
    if begin is None or finish is None or finish < begin:
        return None
    return (finish - begin).total_seconds()


def moment(text: str) -> datetime | None:
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return None
    # Some runners leave the zone out; they mean UTC.
    return when if when.tzinfo else when.replace(tzinfo=UTC)
