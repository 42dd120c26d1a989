"""Messages between the daemon and the agent process: four bytes of length, then JSON."""

from __future__ import annotations

import asyncio
import json
import struct

from stigmerd.process.long_json import loads
from stigmerd.process.offload import aside
from stigmerd.store.json import Json

Message = dict[str, Json]

LENGTH = struct.Struct(">I")
TOO_DEEP = "a message has too many levels of lists and objects"
LARGEST_FRAME_BYTES = 64 * 1024 * 1024


class FrameError(Exception):
    """The other side does not speak our protocol."""


def encode(message: Message) -> bytes:
    # A lone surrogate out of a model's text cannot be encoded; it becomes an escape of JSON instead.
    try:
        body = json.dumps(message, separators=(",", ":")).encode()
    except RecursionError:
        raise FrameError(TOO_DEEP) from None
    if len(body) > LARGEST_FRAME_BYTES:
        raise FrameError(f"a message of {len(body):,} bytes is too large (limit {LARGEST_FRAME_BYTES:,})")
    return LENGTH.pack(len(body)) + body


async def read(reader: asyncio.StreamReader) -> Message | None:
    """The next message; None when the other side has closed."""
    try:
        (length,) = LENGTH.unpack(await reader.readexactly(LENGTH.size))
        if length > LARGEST_FRAME_BYTES:
            raise FrameError(f"a frame of {length:,} bytes is too large")
        body = await reader.readexactly(length)
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    try:
        message = await aside(length, loads, body)
    except RecursionError:
        raise FrameError(TOO_DEEP) from None
    if not isinstance(message, dict):
        raise FrameError("a message is not an object")
    return message
