"""Answers that are none, in OpenAI's Responses API."""

from __future__ import annotations

import json
from typing import Any

import pytest

from stigmer_api.agentexecution_pb2 import ExecutionPhase
from tests.stigmerd.agents.stage import Stage, agent, texts
from tests.support.providers.answers import Raw
from tests.support.providers.server import fake

ITEM = {"id": "m", "type": "message", "role": "assistant", "status": "in_progress", "content": []}
PART = {"type": "output_text", "text": "", "annotations": []}
AT = {"item_id": "m", "output_index": 0, "content_index": 0}
WORD = {"type": "response.output_text.delta", **AT, "delta": "Once", "logprobs": []}
ADDED = {"type": "response.output_item.added", "output_index": 0, "item": ITEM}
BEGUN = {"type": "response.content_part.added", **AT, "part": PART}


def response(status: str, **more: Any) -> dict[str, Any]:
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": 1,
        "model": "gpt-fake",
        "status": status,
        "output": [],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "usage": {
            "input_tokens": 11,
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": 7,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": 18,
        },
        **more,
    }


CREATED = {"type": "response.created", "response": response("in_progress")}
DONE = {"type": "response.completed", "response": response("completed")}
TOO_LONG = response("incomplete", incomplete_details={"reason": "max_output_tokens"})
FILTERED = response("incomplete", incomplete_details={"reason": "content_filter"})
REFUSED = {"type": "response.refusal.done", **AT, "refusal": "I cannot."}


def stream(*events: dict[str, Any]) -> Raw:
    lines = (
        f"event: {event['type']}\ndata: {json.dumps({**event, 'sequence_number': number})}\n\n"
        for number, event in enumerate((CREATED, ADDED, BEGUN, *events))
    )
    return Raw("".join(lines), "text/event-stream")


@pytest.mark.parametrize(
    ("events", "words"),
    [
        ((WORD, {"type": "response.incomplete", "response": TOO_LONG}), "after 7 (max_output_tokens); raise"),
        (
            (WORD, {"type": "response.incomplete", "response": FILTERED}),
            "content filter stopped the answer of",
        ),
        ((REFUSED, DONE), "the model gpt-fake refuses to answer: I cannot; change the message"),
        ((WORD,), "broke off: its stream stopped without an end"),
        ((DONE,), "the model gpt-fake answered nothing, twice"),
    ],
)
async def test_what_is_no_answer_fails(stage: Stage, events: tuple[dict[str, Any], ...], words: str) -> None:
    with fake("openai", stream(*events)) as provider:
        env = {**provider.env, "STIGMER_LLM_PROVIDER": "openai-responses"}
        execution = await stage.run(agent(), env=env)
    assert provider.requests[0].path == "/v1/responses"
    assert words in execution.status.error
    assert execution.status.phase == ExecutionPhase.EXECUTION_FAILED


async def test_a_whole_answer(stage: Stage) -> None:
    with fake("openai", stream(WORD, DONE)) as provider:
        env = {**provider.env, "STIGMER_LLM_PROVIDER": "openai-responses"}
        execution = await stage.run(agent(), env=env)
    assert texts(execution)[1] == "Once"
