"""What a model's answer says, put right: names as they are here, ids given once, text that is whole."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from pydantic_ai.messages import (
    ModelMessage,
    ModelResponse,
    ModelResponsePart,
    ModelResponseStreamEvent,
    PartEndEvent,
    PartStartEvent,
    TextPart,
    ToolCallPart,
)

from stigmerd.agents.boundary.names import OTHERS, ToolNames
from stigmerd.agents.boundary.numbers import finite

LONGEST_ID: Final = 40  # OpenAI takes no longer one


class Received:
    """Of one answer. Some servers count calls anew in each answer, or give all of them one id."""

    def __init__(self, names: ToolNames, taken: Iterable[str], *, chat: bool = False) -> None:
        """
        Args:
            taken: ids of the calls before.
            chat: the API has one text and a list of calls, in no order.
        """
        self._names = names
        self._taken = set(taken)
        self._chat = chat
        self._ids: dict[int, str] = {}  # by the place of the call in the answer

    def event(self, event: ModelResponseStreamEvent) -> ModelResponseStreamEvent:
        if isinstance(event, PartStartEvent | PartEndEvent) and isinstance(event.part, ToolCallPart):
            whole = isinstance(event, PartEndEvent)
            return replace(event, part=self._call(event.index, event.part, whole=whole))
        return event

    def response(self, response: ModelResponse) -> ModelResponse:
        """What came so far."""
        parts = [
            self._call(index, part, whole=False) if isinstance(part, ToolCallPart) else part
            for index, part in enumerate(response.parts)
        ]
        if self._chat:
            parts = mended(parts)
        same = len(parts) == len(response.parts) and all(map(_is, parts, response.parts))
        return response if same else replace(response, parts=parts)

    def _call(self, index: int, call: ToolCallPart, *, whole: bool) -> ToolCallPart:
        name = self._names.back(call.tool_name)
        given = self._ids.get(index, call.tool_call_id)
        if whole and index not in self._ids:
            given = self._ids[index] = once(call.tool_call_id, self._taken)
            self._taken.add(given)
        args = finite(call.args)
        if (name, given) == (call.tool_name, call.tool_call_id) and args is call.args:
            return call
        return replace(call, tool_name=name, tool_call_id=given, args=args)


def once(given: str, taken: set[str]) -> str:
    """`call_1`, else `call_1-2`: an id that no call before had."""
    base = OTHERS.sub("_", given)[:LONGEST_ID] or "call"
    if given == base and given not in taken:
        return given
    number, found = 1, base
    while found in taken:
        number += 1
        end = f"-{number}"
        found = f"{base[: LONGEST_ID - len(end)]}{end}"
    return found


def mended(parts: Sequence[ModelResponsePart]) -> list[ModelResponsePart]:
    """One text, where calls stand in the middle of it."""
    found: list[ModelResponsePart] = []
    text: int | None = None  # the place of what it goes on from
    for part in parts:
        match part:
            case TextPart() if text is not None:
                before = found[text]
                assert isinstance(before, TextPart)
                found[text] = replace(before, content=before.content + part.content)
                continue
            case TextPart():
                text = len(found)
            case ToolCallPart():
                pass
            case _:
                text = None
        found.append(part)
    return found


def calls_in(messages: Sequence[ModelMessage]) -> set[str]:
    """The ids of all calls in a conversation."""
    return {
        part.tool_call_id
        for message in messages
        if isinstance(message, ModelResponse)
        for part in message.parts
        if isinstance(part, ToolCallPart)
    }


def _is(one: object, other: object) -> bool:
    return one is other
