"""Repairs conversations out of the journal, so that a model can go on with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic_ai.messages import ModelMessage, ModelRequest, ModelResponse, ToolReturnPart


def without_unanswered_calls(history: list[ModelMessage]) -> list[ModelMessage]:
    """Without calls that never got an answer: models refuse such a conversation."""
    answered = {
        part.tool_call_id
        for message in history
        if isinstance(message, ModelRequest)
        for part in message.parts
        if isinstance(part, ToolReturnPart)
    }
    return [
        message
        for message in history
        if not isinstance(message, ModelResponse)
        or all(call.tool_call_id in answered for call in message.tool_calls)
    ]


def finished(said: Sequence[ModelMessage]) -> bool:
    """The backend stopped between the last answer and the note that it was the last."""
    return bool(said) and isinstance(said[-1], ModelResponse) and not said[-1].tool_calls


def continued(said: list[ModelMessage], calls: Mapping[str, Mapping[str, str]]) -> list[ModelMessage]:
    """With an answer to each call of the last turn: what it brought, or that it was interrupted."""
    last = said[-1]
    if not isinstance(last, ModelResponse):
        return said
    nothing = {"result": "", "error": "interrupted: this call was not made"}
    parts = []
    for call in last.tool_calls:
        how = calls.get(call.tool_call_id, nothing)
        parts.append(
            ToolReturnPart(
                tool_name=call.tool_name,
                content=how["error"] or how["result"],
                tool_call_id=call.tool_call_id,
                outcome="failed" if how["error"] else "success",
            )
        )
    return [*said, ModelRequest(parts=parts)]
