"""Mistral's chat: OpenAI's, with thinking as content."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.support.providers.answers import Answer, Call, Fail, Hold, Part, Request, Think, numbered, words
from tests.support.providers.wires import openai_chat
from tests.support.providers.wires.sse import event

FINISH = {"calls": "tool_calls", "refusal": "stop", "content_filter": "error"}


def events(answer: Answer, request: Request) -> Iterator[bytes | Hold]:
    asked, said = answer.usage
    usage = {"prompt_tokens": asked, "completion_tokens": said, "total_tokens": asked + said}

    def chunk(delta: dict[str, Any], reason: str | None = None) -> bytes:
        more = {"usage": usage} if reason else {}
        choice = {"index": 0, "delta": delta, "finish_reason": reason}
        return event({**openai_chat.head(request), "choices": [choice], **more})

    calls = 0
    for part in numbered(answer.parts):
        if isinstance(part, Hold):
            yield part
            continue
        for delta in deltas(part, calls):
            yield chunk({"role": "assistant", **delta})
        calls += isinstance(part, Call)
    if answer.end:
        yield chunk({"content": ""}, FINISH.get(answer.finishes, answer.finishes))
        yield event("[DONE]")


def deltas(part: Part, index: int) -> Iterator[dict[str, Any]]:
    match part:
        case Think(text):
            for word in words(text):
                yield {"content": [{"type": "thinking", "thinking": [{"type": "text", "text": word}]}]}
        case Call(name, args, id_):
            text = args if isinstance(args, str) else json.dumps(args)
            function = {"name": name, "arguments": text}
            yield {"tool_calls": [{"index": index, "id": id_, "function": function}]}
        case _:
            yield from openai_chat.deltas(part, index)


def error(fail: Fail) -> dict[str, Any]:
    return {"object": "error", "message": fail.message, "type": "error", "code": fail.code or None}
