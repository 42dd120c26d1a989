"""Anthropic's messages."""

from __future__ import annotations

import json
from collections.abc import Iterator
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
from tests.support.providers.wires.sse import event

FINISH = {"stop": "end_turn", "calls": "tool_use", "length": "max_tokens", "content_filter": "refusal"}
KINDS = {
    401: "authentication_error",
    404: "not_found_error",
    429: "rate_limit_error",
    529: "overloaded_error",
}


def events(answer: Answer, request: Request) -> Iterator[bytes | Hold]:
    def sent(kind: str, **more: Any) -> bytes:
        return event({"type": kind, **more}, kind)

    asked, said = answer.usage
    message = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": request.body["model"],
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {
            "input_tokens": asked - answer.cached,
            "output_tokens": 1,
            "cache_read_input_tokens": answer.cached,
            "cache_creation_input_tokens": 0,
        },
    }
    yield sent("message_start", message=message)
    index = 0
    for part in numbered(answer.parts):
        if isinstance(part, Hold):
            yield part
            continue
        yield sent("content_block_start", index=index, content_block=block(part))
        for delta in deltas(part):
            yield sent("content_block_delta", index=index, delta=delta)
        yield sent("content_block_stop", index=index)
        index += 1
    if not answer.end:
        return
    reason = FINISH.get(answer.finishes, answer.finishes)
    yield sent(
        "message_delta",
        delta={"stop_reason": reason, "stop_sequence": None},
        usage={"output_tokens": said},
    )
    yield sent("message_stop")


def block(part: Part) -> dict[str, Any]:
    match part:
        case Think():
            return {"type": "thinking", "thinking": "", "signature": ""}
        case Call(name, _, id_):
            return {"type": "tool_use", "id": id_, "name": name, "input": {}}
    return {"type": "text", "text": ""}


def deltas(part: Part) -> Iterator[dict[str, Any]]:
    match part:
        case Say(text) | Refuse(text):
            yield from ({"type": "text_delta", "text": word} for word in words(text))
        case Think(text, signature):
            yield from ({"type": "thinking_delta", "thinking": word} for word in words(text))
            yield {"type": "signature_delta", "signature": signature}
        case Call(_, args, _):
            text = args if isinstance(args, str) else json.dumps(args)
            for piece in (text[: len(text) // 2], text[len(text) // 2 :]):
                yield {"type": "input_json_delta", "partial_json": piece}


def error(fail: Fail) -> dict[str, Any]:
    kind = fail.code or KINDS.get(fail.status, "invalid_request_error" if fail.status < 500 else "api_error")
    return {"type": "error", "error": {"type": kind, "message": fail.message}}
