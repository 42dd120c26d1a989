"""Repairs conversations out of the journal, so that a model can go on with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from pydantic_ai.messages import (
    ModelMessage,
    ModelMessagesTypeAdapter,
    ModelRequest,
    ModelResponse,
    TextPart,
    ToolReturnPart,
    UserPromptPart,
)

from stigmerd.agents.attached.prompt import with_files
from stigmerd.agents.compaction.facts import SUMMARY
from stigmerd.agents.compaction.summary import head_of
from stigmerd.store.json import Json

NOT_MADE = "interrupted: this call was not made"


def told(turn: Mapping[str, Json]) -> list[ModelMessage]:
    """An earlier turn of the session, as a model takes it: each call has a result, each message an answer."""
    if SUMMARY in turn:
        return head_of(turn[SUMMARY], None, then_user=True)
    said = ModelMessagesTypeAdapter.validate_python(with_files(turn["messages"], turn.get("attachments", ())))
    if "note" not in turn:
        return said
    if not said:
        said = [ModelRequest(parts=[UserPromptPart(content=turn["message"])])]
    said = continued(said, turn["calls"])
    words = [*turn["said"], *([turn["note"]] if turn["note"] else [])]
    if not words:
        return said
    # The model's own words: not every model takes two messages of the user, one after the other.
    answer = TextPart(content="\n\n".join(words))
    last = said[-1]
    if isinstance(last, ModelResponse):
        return [*said[:-1], replace(last, parts=[*last.parts, answer])]
    return [*said, ModelResponse(parts=[answer])]


def finished(said: Sequence[ModelMessage]) -> bool:
    """The backend stopped between the last answer and the note that it was the last."""
    return bool(said) and isinstance(said[-1], ModelResponse) and not said[-1].tool_calls


def continued(said: list[ModelMessage], calls: Mapping[str, Mapping[str, str]]) -> list[ModelMessage]:
    """With an answer to each call of the last turn: what it brought, or that it was interrupted."""
    last = said[-1]
    if not isinstance(last, ModelResponse) or not last.tool_calls:
        return said
    nothing = {"result": "", "error": NOT_MADE}
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
