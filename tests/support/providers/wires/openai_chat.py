"""OpenAI's chat completions, which many providers speak."""

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

FINISH = {"calls": "tool_calls", "refusal": "stop"}


def events(answer: Answer, request: Request) -> Iterator[bytes | Hold]:
    def chunk(delta: dict[str, Any], reason: str | None = None) -> bytes:
        return event({**head(request), "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]})

    calls = 0
    for part in numbered(answer.parts):
        if isinstance(part, Hold):
            yield part
            continue
        for delta in deltas(part, calls):
            yield chunk({"role": "assistant", **delta})
        calls += isinstance(part, Call)
    if not answer.end:
        return
    yield chunk({}, FINISH.get(answer.finishes, answer.finishes))
    yield event({**head(request), "choices": [], "usage": usage(answer)})
    yield event("[DONE]")


def deltas(part: Part, index: int) -> Iterator[dict[str, Any]]:
    match part:
        case Say(text):
            yield from ({"content": word} for word in words(text))
        case Think(text):
            yield from ({"reasoning_content": word} for word in words(text))
        case Refuse(text):
            yield from ({"refusal": word} for word in words(text))
        case Call(name, args, id_):
            function = {"name": name, "arguments": ""}
            yield {"tool_calls": [{"index": index, "id": id_, "type": "function", "function": function}]}
            text = args if isinstance(args, str) else json.dumps(args)
            for piece in (text[: len(text) // 2], text[len(text) // 2 :]):
                yield {"tool_calls": [{"index": index, "function": {"arguments": piece}}]}


def head(request: Request) -> dict[str, Any]:
    model = request.body.get("model", "fake")
    return {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": model}


def usage(answer: Answer) -> dict[str, Any]:
    asked, said = answer.usage
    return {
        "prompt_tokens": asked,
        "completion_tokens": said,
        "total_tokens": asked + said,
        "prompt_tokens_details": {"cached_tokens": answer.cached},
    }


def error(fail: Fail) -> dict[str, Any]:
    return {"error": {"message": fail.message, "type": "invalid_request_error", "code": fail.code or None}}
