"""Amazon Bedrock's ConverseStream, in the event stream of AWS."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from struct import pack
from typing import Any

from tests.support.providers.answers import (
    Answer,
    Call,
    Fail,
    Hold,
    Part,
    Refuse,
    Request,
    Say,
    Think,
    numbered,
    words,
)

FINISH = {
    "stop": "end_turn",
    "calls": "tool_use",
    "length": "max_tokens",
    "content_filter": "content_filtered",
    "refusal": "guardrail_intervened",
}
TEXT = 7  # the type of a header's value


def events(answer: Answer, request: Request) -> Iterator[bytes | Hold]:
    yield frame("messageStart", {"role": "assistant"})
    for index, part in enumerate(numbered(answer.parts)):
        if isinstance(part, Hold):
            yield part
            continue
        if isinstance(part, Call):
            start = {"toolUse": {"toolUseId": part.id, "name": part.name}}
            yield frame("contentBlockStart", {"contentBlockIndex": index, "start": start})
        for delta in deltas(part):
            yield frame("contentBlockDelta", {"contentBlockIndex": index, "delta": delta})
        yield frame("contentBlockStop", {"contentBlockIndex": index})
    if not answer.end:
        return
    asked, said = answer.usage
    yield frame("messageStop", {"stopReason": FINISH.get(answer.finishes, answer.finishes)})
    usage = {"inputTokens": asked, "outputTokens": said, "totalTokens": asked + said}
    yield frame("metadata", {"usage": usage, "metrics": {"latencyMs": 1}})


def deltas(part: Part) -> Iterator[dict[str, Any]]:
    match part:
        case Say(text) | Refuse(text):
            yield from ({"text": word} for word in words(text))
        case Think(text, signature):
            yield from ({"reasoningContent": {"text": word}} for word in words(text))
            yield {"reasoningContent": {"signature": signature}}
        case Call(_, args, _):
            text = args if isinstance(args, str) else json.dumps(args)
            yield from ({"toolUse": {"input": piece}} for piece in (text[:3], text[3:]))


def frame(kind: str, body: dict[str, Any]) -> bytes:
    """Lengths, their checksum, headers, the body, and the checksum of all."""
    payload = json.dumps(body).encode()
    said = {":event-type": kind, ":content-type": "application/json", ":message-type": "event"}
    headers = b"".join(
        pack("!B", len(name)) + name.encode() + pack("!BH", TEXT, len(value)) + value.encode()
        for name, value in said.items()
    )
    prelude = pack("!II", 16 + len(headers) + len(payload), len(headers))
    head = prelude + pack("!I", zlib.crc32(prelude)) + headers + payload
    return head + pack("!I", zlib.crc32(head))


def error(fail: Fail) -> dict[str, Any]:
    return {"message": fail.message}
