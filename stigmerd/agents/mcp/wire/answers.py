"""What a line of an MCP server is: a message, an answer that cannot be read, or something else."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, Final

from mcp_types import JSONRPCMessage, RequestId, jsonrpc_message_adapter

from stigmerd.agents.mcp.wire.lines import KEPT_BEGINNING, KEPT_END, WireLine

SHOWN_CHARACTERS: Final = 160
ID = re.compile(rb'"id"\s*:\s*(?:"([^"\\]{1,64})"|(-?\d{1,18}))')
MARKS: Final = (b'"jsonrpc"', b'"id"', b'"result"')  # one of them is in each message that answers
UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]+")


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An answer, but to whom it may concern: `ids` are those that stand in it."""

    why: str
    ids: tuple[RequestId, ...]
    beginning: str


@dataclass(frozen=True, slots=True)
class Noise:
    """No message at all; a server that prints, say."""

    text: str


def read(line: WireLine) -> JSONRPCMessage | Unreadable | Noise | None:
    """None: nothing that anybody waits for."""
    data = line.data.strip()
    if not data:
        return None
    if not any(mark in data for mark in MARKS):
        return Noise(beginning_of(data))
    if not line.whole:
        return Unreadable(f"it has {line.length:,} bytes, which is too much", _ids(data), beginning_of(data))
    try:
        return jsonrpc_message_adapter.validate_json(data, by_name=False)
    except ValueError:
        return _unreadable(data)


def _unreadable(data: bytes) -> Unreadable | Noise | None:
    beginning = beginning_of(data)
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        return Unreadable(f"it is no UTF-8 ({error.reason} at byte {error.start})", _ids(data), beginning)
    try:
        found: Any = json.loads(text)
    except ValueError as error:
        if not text.startswith("{") and MARKS[0] not in data:
            return Noise(beginning)
        return Unreadable(f"it is no JSON ({error})", _ids(data), beginning)
    except RecursionError:
        return Unreadable("it has too many levels of lists and objects", _ids(data), beginning)
    if not isinstance(found, dict):
        return Unreadable("it is a list, not one message", _ids(data), beginning)
    if "method" in found and not {"result", "error"} & set(found):
        return None  # no answer: a notification in a form that nobody knows
    if not {"id", "result", "jsonrpc"} & set(found):
        return Noise(beginning)  # a line of a log, say
    named = found.get("id")
    ids = (named,) if isinstance(named, str | int) and not isinstance(named, bool) else ()
    return Unreadable(_what_is_wrong(found, text), ids, beginning)


def _what_is_wrong(message: dict[str, Any], text: str) -> str:
    try:
        json.dumps(message, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return "it has half a character in it (a lone surrogate)"
    except RecursionError:
        pass
    if message.get("jsonrpc") != "2.0":
        return 'it is not marked as "jsonrpc": "2.0"'
    if "result" not in message and "error" not in message:
        return "it has neither a result nor an error"
    if "result" in message and not isinstance(message["result"], dict):
        return "its result is no object"
    if "NaN" in text or "Infinity" in text:
        return "it has a number that JSON does not know"
    return "it is no message of JSON-RPC 2.0"


def _ids(data: bytes) -> tuple[RequestId, ...]:
    """That may be meant: an object in the result may have an `id` too."""
    parts = data if len(data) <= KEPT_BEGINNING else data[:KEPT_BEGINNING] + b" " + data[-KEPT_END:]
    found = ID.findall(parts)
    return tuple(int(number) if number else text.decode(errors="replace") for text, number in found)


def beginning_of(data: bytes) -> str:
    text = UNPRINTABLE.sub(" ", data[: SHOWN_CHARACTERS * 4].decode(errors="replace"))
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}…"
