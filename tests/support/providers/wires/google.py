"""Google's generateContent, streamed."""

from __future__ import annotations

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
    "stop": "STOP",
    "calls": "STOP",
    "length": "MAX_TOKENS",
    "content_filter": "SAFETY",
    "refusal": "SAFETY",
}
STATUS = {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 404: "NOT_FOUND", 429: "RESOURCE_EXHAUSTED"}


def events(answer: Answer, request: Request) -> Iterator[bytes | Hold]:
    asked, said = answer.usage

    def chunk(parts: list[dict[str, Any]], reason: str = "") -> bytes:
        candidate: dict[str, Any] = {"content": {"role": "model", "parts": parts}, "index": 0}
        counts = {
            "promptTokenCount": asked,
            "candidatesTokenCount": said if reason else 0,
            "totalTokenCount": asked + said,
            "cachedContentTokenCount": answer.cached,
        }
        if reason:
            candidate["finishReason"] = reason
        return event(
            {"candidates": [candidate], "usageMetadata": counts, "modelVersion": "fake", "responseId": "r1"}
        )

    for part in numbered(answer.parts):
        if isinstance(part, Hold):
            yield part
            continue
        for piece in pieces(part):
            yield chunk([piece])
    if answer.end:
        yield chunk([], FINISH.get(answer.finishes, answer.finishes))


def pieces(part: Part) -> Iterator[dict[str, Any]]:
    match part:
        case Say(text) | Refuse(text):
            yield from ({"text": word} for word in words(text))
        case Think(text):
            yield from ({"text": word, "thought": True} for word in words(text))
        case Call(name, args, id_):
            yield {"functionCall": {"name": name, "args": args, "id": id_}}


def error(fail: Fail) -> dict[str, Any]:
    status = fail.code or STATUS.get(fail.status, "INTERNAL")
    return {"error": {"code": fail.status, "message": fail.message, "status": status}}
