"""Cohere's chat, the second version."""

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

FINISH = {
    "stop": "COMPLETE",
    "calls": "TOOL_CALL",
    "length": "MAX_TOKENS",
    "content_filter": "ERROR",
    "refusal": "COMPLETE",
}


def events(answer: Answer, request: Request) -> Iterator[bytes | Hold]:
    def sent(kind: str, **more: Any) -> bytes:
        return event({"type": kind, **more}, kind)

    yield sent("message-start", id="m1", delta={"message": {"role": "assistant"}})
    for index, part in enumerate(numbered(answer.parts)):
        if isinstance(part, Hold):
            yield part
            continue
        for kind, message in pieces(part):
            yield sent(kind, index=index, delta={"message": message})
    if not answer.end:
        return
    asked, said = answer.usage
    counts = {"input_tokens": asked, "output_tokens": said}
    reason = FINISH.get(answer.finishes, answer.finishes)
    yield sent(
        "message-end",
        id="m1",
        delta={"finish_reason": reason, "usage": {"tokens": counts, "billed_units": counts}},
    )
    yield event("[DONE]")


def pieces(part: Part) -> Iterator[tuple[str, dict[str, Any]]]:
    match part:
        case Say(text) | Refuse(text):
            yield "content-start", {"content": {"type": "text", "text": ""}}
            for word in words(text):
                yield "content-delta", {"content": {"text": word}}
            yield "content-end", {}
        case Think(text):
            yield "content-start", {"content": {"type": "thinking", "thinking": ""}}
            for word in words(text):
                yield "content-delta", {"content": {"thinking": word}}
            yield "content-end", {}
        case Call(name, args, id_):
            call = {"id": id_, "type": "function", "function": {"name": name, "arguments": ""}}
            yield "tool-call-start", {"tool_calls": call}
            text = args if isinstance(args, str) else json.dumps(args)
            for piece in (text[: len(text) // 2], text[len(text) // 2 :]):
                yield "tool-call-delta", {"tool_calls": {"function": {"arguments": piece}}}
            yield "tool-call-end", {}


def error(fail: Fail) -> dict[str, Any]:
    return {"id": "e1", "message": fail.message}
