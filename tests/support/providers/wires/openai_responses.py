"""OpenAI's responses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.support.providers.answers import (
    Answer,
    Call,
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

WHY = {"length": "max_output_tokens", "content_filter": "content_filter"}


def events(answer: Answer, request: Request) -> Iterator[bytes | Hold]:
    number = 0

    def sent(kind: str, **more: Any) -> bytes:
        nonlocal number
        number += 1
        return event({"type": kind, "sequence_number": number, **more}, kind)

    yield sent("response.created", response=response(answer, request, "in_progress", []))
    done: list[dict[str, Any]] = []
    for part in numbered(answer.parts):
        if isinstance(part, Hold):
            yield part
            continue
        index = len(done)
        yield sent("response.output_item.added", output_index=index, item=item(part, index, whole=False))
        for kind, more in deltas(part):
            yield sent(kind, output_index=index, item_id=f"item_{index}", **more)
        done.append(item(part, index, whole=True))
        yield sent("response.output_item.done", output_index=index, item=done[-1])
    if not answer.end:
        return
    status = "incomplete" if answer.finishes in WHY else "completed"
    yield sent(f"response.{status}", response=response(answer, request, status, done))


def deltas(part: Part) -> Iterator[tuple[str, dict[str, Any]]]:
    match part:
        case Say(text):
            empty = {"type": "output_text", "text": "", "annotations": []}
            yield "response.content_part.added", {"content_index": 0, "part": empty}
            for word in words(text):
                yield "response.output_text.delta", {"content_index": 0, "delta": word, "logprobs": []}
        case Refuse(text):
            for word in words(text):
                yield "response.refusal.delta", {"content_index": 0, "delta": word}
        case Think(text):
            empty = {"type": "summary_text", "text": ""}
            yield "response.reasoning_summary_part.added", {"summary_index": 0, "part": empty}
            for word in words(text):
                yield "response.reasoning_summary_text.delta", {"summary_index": 0, "delta": word}
        case Call(_, args, _):
            text = args if isinstance(args, str) else json.dumps(args)
            for piece in (text[: len(text) // 2], text[len(text) // 2 :]):
                yield "response.function_call_arguments.delta", {"delta": piece}


def item(part: Part, index: int, *, whole: bool) -> dict[str, Any]:
    head = {"id": f"item_{index}", "status": "completed" if whole else "in_progress"}
    match part:
        case Call(name, args, id_):
            text = args if isinstance(args, str) else json.dumps(args)
            said = text if whole else ""
            return {**head, "type": "function_call", "name": name, "call_id": id_, "arguments": said}
        case Think(text):
            summary = [{"type": "summary_text", "text": text}] if whole else []
            return {**head, "type": "reasoning", "summary": summary}
        case Refuse(text):
            content = [{"type": "refusal", "refusal": text}] if whole else []
            return {**head, "type": "message", "role": "assistant", "content": content}
        case Say(text):
            content = [{"type": "output_text", "text": text, "annotations": []}] if whole else []
            return {**head, "type": "message", "role": "assistant", "content": content}
    raise TypeError(part)


def response(answer: Answer, request: Request, status: str, output: list[dict[str, Any]]) -> dict[str, Any]:
    asked, said = answer.usage
    over = status != "in_progress"
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": 1,
        "model": request.body["model"],
        "status": status,
        "output": output,
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "incomplete_details": {"reason": WHY[answer.finishes]} if status == "incomplete" else None,
        "usage": {
            "input_tokens": asked,
            "output_tokens": said,
            "total_tokens": asked + said,
            "input_tokens_details": {"cached_tokens": answer.cached},
            "output_tokens_details": {"reasoning_tokens": 0},
        }
        if over
        else None,
    }
