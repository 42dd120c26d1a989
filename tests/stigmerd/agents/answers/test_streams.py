"""Streams that pause, and streams in which the provider says that it failed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from stigmer_api.agentexecution_pb2 import AgentExecution, ExecutionPhase
from tests.stigmerd.agents.stage import Stage, agent, texts
from tests.support.providers.answers import Answer, Raw, Say
from tests.support.providers.server import fake

STARTED = {
    "type": "message_start",
    "message": {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-fake",
        "content": [],
        "stop_reason": None,
        "usage": {"input_tokens": 5, "output_tokens": 1},
    },
}
BLOCK = {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
WORD = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Once"}}
OVERLOADED = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
CHAT_WORD = {"choices": [{"index": 0, "delta": {"content": "Once"}, "finish_reason": None}]}
CHAT_ERROR = {"error": {"message": "The server had an error", "type": "server_error"}}


def stream(*events: dict[str, Any]) -> Raw:
    lines = [f"event: {each['type']}\n" if "type" in each else "" for each in events]
    data = [f"data: {json.dumps(each)}\n\n" for each in events]
    return Raw("".join(map("".join, zip(lines, data, strict=True))), "text/event-stream")


async def test_a_turn_that_pauses_is_gone_on_with(stage: Stage) -> None:
    with fake("anthropic", Answer([Say("One. ")], finish="pause_turn"), "Two.") as provider:
        execution = await stage.run(agent(), env=provider.env)
    assert texts(execution)[1:] == ["One. Two."]
    assert len(provider.requests) == 2


@pytest.mark.parametrize(
    ("wire", "early", "late"),
    [
        ("anthropic", stream(STARTED, OVERLOADED), stream(STARTED, BLOCK, WORD, OVERLOADED)),
        ("openai", stream(CHAT_ERROR), stream(CHAT_WORD, CHAT_ERROR)),
    ],
)
async def test_a_provider_that_fails_in_its_stream(stage: Stage, wire: str, early: Raw, late: Raw) -> None:
    with fake(wire, early, "Here I am.") as provider:
        again = await stage.run(agent(), env=provider.env)
    with fake(wire, late, "Not asked.") as provider:
        failed = await stage.run(agent(), env=provider.env)
        assert len(provider.requests) == 1
    assert texts(again)[1] == "Here I am."
    assert said(failed) == ["Once"]
    assert failed.status.phase == ExecutionPhase.EXECUTION_FAILED
    assert "the provider of the model " in failed.status.error


def said(execution: AgentExecution) -> list[str]:
    return [message.content for message in execution.status.messages][1:]
