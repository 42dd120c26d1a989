"""Where a conversation can be cut: what stays must be one that a model takes."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic_ai.messages import ModelMessage, ModelRequest, ModelResponse, UserPromptPart

from stigmerd.agents.compaction.measure import tokens_in


def place_of_cut(messages: Sequence[ModelMessage], room: int) -> int:
    """The index of the first message that stays: as many of the newest as have room, in tokens.

    Never between a call and its result. 0: nothing can be left out.
    """
    places = [index for index in range(1, len(messages)) if _may_begin(messages, index)]
    fitting = [index for index in places if tokens_in(messages[index:]) <= room]
    # Where not even the newest turn fits, all before it goes.
    return fitting[0] if fitting else (places[-1] if places else 0)


def question_in(messages: Sequence[ModelMessage]) -> UserPromptPart | None:
    """The newest message of the user."""
    found = [
        part
        for message in messages
        if isinstance(message, ModelRequest)
        for part in message.parts
        if isinstance(part, UserPromptPart)
    ]
    return found[-1] if found else None


def begins_with_user(message: ModelMessage) -> bool:
    return isinstance(message, ModelRequest) and any(
        isinstance(part, UserPromptPart) for part in message.parts
    )


def _may_begin(messages: Sequence[ModelMessage], index: int) -> bool:
    """A message of the user, or an answer to results that are in the summary then."""
    if begins_with_user(messages[index]):
        before = messages[index - 1]
        return not (isinstance(before, ModelResponse) and before.tool_calls)
    return isinstance(messages[index], ModelResponse)
