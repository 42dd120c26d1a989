"""Any JSON as a protobuf Struct."""

from __future__ import annotations

import json
import math
from typing import Any

from google.protobuf.struct_pb2 import Struct

from stigmerd.records import Json

DEEPEST_STRUCT = 24  # protobuf parsers stop at 100 nested messages; one level of JSON takes up to three


def set_struct(struct: Struct, value: Json) -> None:
    """An object as it is; anything else as `{"value": …}`."""
    struct.Clear()
    update_struct(struct, value if isinstance(value, dict) else {"value": value})


def update_struct(struct: Struct, value: dict[str, Json]) -> None:
    struct.update(_plain(value, DEEPEST_STRUCT))


def _plain(value: Json, levels: int) -> Any:
    """What a Struct can hold: no huge numbers, no infinities, not too deep."""
    if isinstance(value, str) or value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if -(2**1023) < value < 2**1023 else str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if not levels:
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, dict):
        return {str(key): _plain(item, levels - 1) for key, item in value.items()}
    return [_plain(item, levels - 1) for item in value]
