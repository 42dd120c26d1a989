"""Groq's chat: OpenAI's, with its reasoning under another name and its usage in a field of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator

from tests.support.providers.answers import Answer, Hold, Request
from tests.support.providers.wires import openai_chat
from tests.support.providers.wires.sse import event


def events(answer: Answer, request: Request) -> Iterator[bytes | Hold]:
    for each in openai_chat.events(answer, request):
        if isinstance(each, Hold) or b"[DONE]" in each:
            yield each
            continue
        chunk = json.loads(each.removeprefix(b"data: "))
        for choice in chunk["choices"]:
            if (thought := choice["delta"].pop("reasoning_content", None)) is not None:
                choice["delta"]["reasoning"] = thought
        if not chunk["choices"]:
            chunk["x_groq"] = {"id": "req_1", "usage": chunk.pop("usage")}
        yield event(chunk)
