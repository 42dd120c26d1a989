"""What agents tell beside their messages: turns, thinking, retries, servers that start and write."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pydantic_ai.messages import (
    ModelResponse,
    PartDeltaEvent,
    PartStartEvent,
    TextPart,
    ThinkingPart,
    ThinkingPartDelta,
)
from pydantic_ai.models.test import TestModel
from pydantic_ai.usage import RequestUsage

from stigmer_api.masking import masker_of
from stigmerd.agents import turns
from stigmerd.agents.frames import Message
from stigmerd.agents.mcp.told import standard_error
from stigmerd.agents.reporter import AgentReporter
from stigmerd.agents.reports import told_note
from stigmerd.agents.turns import ModelTurn, cost_of
from tests.stigmerd.agents.http_servers import Handler, busy_at_first, chat, chunk, serving
from tests.stigmerd.agents.notes import kinds, told
from tests.stigmerd.agents.stage import Stage, agent, scripted, texts, with_server
from tests.support.poll import until

KEY = "sk-test-abcdefghijkl"


async def test_each_turn_is_told_with_its_model_and_usage(stage: Stage) -> None:
    with serving(chat) as (url, _):
        address = url.replace("//", "//me:secret@")
        execution = await stage.run(
            with_server(agent()),
            env={"STIGMER_LLM_BASE_URL": f"{address}/v1", "STIGMER_LLM_MODEL": "tiny"},
            secrets={"STIGMER_LLM_API_KEY": KEY},
        )
    notes, usage = await told(stage, execution)
    turns = [note.turn for note in notes if note.HasField("turn")]
    assert [(turn.message, turn.model, turn.finish_reason) for turn in turns] == [
        (1, "tiny", "tool_call"),
        (2, "tiny", "stop"),
    ]
    assert {turn.address for turn in turns} == {f"{url}/v1"}
    assert (turns[0].usage.input_tokens, turns[0].usage.output_tokens) == (11, 7)
    assert (usage.input_tokens, usage.output_tokens) == (22, 14)
    assert not usage.HasField("cost_usd")  # nobody knows what a server of one's own costs


def thinking(pieces: list[str]) -> Callable[[Handler, dict[str, Any]], None]:
    def reply(handler: Handler, body: dict[str, Any]) -> None:
        deltas: list[dict[str, Any]] = [{"role": "assistant", "reasoning_content": piece} for piece in pieces]
        chunks = [chunk("tiny", delta, None) for delta in [*deltas, {"content": "42."}]]
        events = "".join(f"data: {json.dumps(each)}\n\n" for each in [*chunks, chunk("tiny", {}, "stop")])
        handler.send("text/event-stream", f"{events}data: [DONE]\n\n")

    return reply


async def test_what_a_model_thinks_is_told_without_secrets(stage: Stage) -> None:
    with serving(thinking(["The key is sk-te", "st-abcdefghijkl", ", so 42."])) as (url, _):
        execution = await stage.run(
            agent(),
            env={"STIGMER_LLM_BASE_URL": f"{url}/v1", "STIGMER_LLM_MODEL": "tiny"},
            secrets={"STIGMER_LLM_API_KEY": KEY},
        )
    notes, _ = await told(stage, execution)
    thoughts = [note.thinking for note in notes if note.HasField("thinking")]
    assert "".join(thought.more for thought in thoughts) == "The key is ***, so 42."
    assert {thought.message for thought in thoughts} == {1}
    assert texts(execution)[1] == "42."


async def test_a_model_that_is_asked_again_says_why_and_when(stage: Stage) -> None:
    with serving(busy_at_first(iter([429]))) as (url, _):
        execution = await stage.run(
            agent(), env={"STIGMER_LLM_BASE_URL": f"{url}/v1", "STIGMER_LLM_MODEL": "tiny"}
        )
    notes, _ = await told(stage, execution)
    assert kinds(notes) == ["wait", "wait_over", "turn"]
    assert notes[0].wait.text == "HTTP 429 from the model tiny"
    assert notes[0].wait.seconds > 0
    assert notes[0].wait.on == notes[1].wait_over.on == "model"


def anthropic(statuses: Iterator[int]) -> Callable[[Handler, dict[str, Any]], None]:
    """Another provider's form: it thinks, then answers."""

    def reply(handler: Handler, body: dict[str, Any]) -> None:
        if next(statuses, 200) != 200:
            error = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
            return handler.send("application/json", json.dumps(error), status=529)
        usage = {"input_tokens": 21, "cache_read_input_tokens": 10, "output_tokens": 1}
        message = {"id": "msg_1", "type": "message", "role": "assistant", "model": body["model"]}
        blocks = [{"type": "thinking", "thinking": "", "signature": ""}, {"type": "text", "text": ""}]
        pieces = [{"type": "thinking_delta", "thinking": "Hm."}, {"type": "text_delta", "text": "42."}]
        events: list[dict[str, Any]] = [
            {"type": "message_start", "message": {**message, "content": [], "usage": usage}},
        ]
        for index, (block, piece) in enumerate(zip(blocks, pieces, strict=True)):
            events += [
                {"type": "content_block_start", "index": index, "content_block": block},
                {"type": "content_block_delta", "index": index, "delta": piece},
                {"type": "content_block_stop", "index": index},
            ]
        events += [
            {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 7}},
            {"type": "message_stop"},
        ]
        lines = (f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events)
        handler.send("text/event-stream", "".join(lines))

    return reply


async def test_the_other_provider_tells_the_same(stage: Stage) -> None:
    with serving(anthropic(iter([529]))) as (url, _):
        execution = await stage.run(
            agent(),
            env={"STIGMER_LLM_PROVIDER": "anthropic", "STIGMER_LLM_BASE_URL": url},
            secrets={"STIGMER_LLM_API_KEY": KEY},
        )
    notes, usage = await told(stage, execution)
    assert kinds(notes) == ["wait", "wait_over", "thinking", "turn"]
    assert notes[0].wait.text == "HTTP 529 from the model claude-sonnet-4-5"
    assert notes[2].thinking.more == "Hm."
    turn = notes[3].turn
    assert (turn.model, turn.address, turn.finish_reason) == ("claude-sonnet-4-5", url, "stop")
    assert (usage.cached_tokens, usage.output_tokens) == (10, 7)
    assert not usage.HasField("cost_usd")
    assert texts(execution)[1] == "42."


async def test_a_server_that_starts_and_what_it_writes(stage: Stage) -> None:
    script = "- call: die\n- say: it died"
    execution = await stage.run(with_server(scripted(script), "git"))
    notes, _ = await told(stage, execution)
    waits = [note.wait for note in notes if note.HasField("wait")]
    assert [(wait.on, wait.text) for wait in waits] == [("mcp_server git", "starting the MCP server git")]
    assert "wait_over" in kinds(notes)
    printed = [note.print for note in notes if note.HasField("print")]
    assert [(each.source, each.name, each.stream, each.text) for each in printed] == [
        ("mcp_server", "git", "stderr", "about to die")
    ]


async def test_a_server_that_writes_a_secret_in_two_pieces() -> None:
    sent: list[Message] = []
    errors = standard_error("git", AgentReporter("aex-1", sent.append), masker_of((KEY,)))
    for piece in (f"the key {KEY[:9]}", f"{KEY[9:]} is\nin use", " now"):
        errors.lines.feed(piece.encode())
    errors.end()
    texts = [message["note"]["print"]["text"] for message in sent]
    assert texts == ["the key *** is", "in use now"]


async def test_a_server_that_writes_without_end_is_passed_on_in_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stigmerd.agents.printed.time.monotonic", lambda: 7.0)  # all within one second
    sent: list[Message] = []
    errors = standard_error("git", AgentReporter("aex-1", sent.append), masker_of(()))
    for _ in range(100):
        errors.lines.feed(b"x" * 99_999 + b"\n" + b"y\n" * 50_000)
    errors.end()
    monkeypatch.undo()
    texts = [message["note"]["print"]["text"] for message in sent]
    assert sum(map(len, texts)) < 5_000_000
    assert texts[-1].startswith("… ")
    assert "characters are left out" in texts[-1]
    assert texts[0].split("\n")[1] == "y"


def response(url: str, model: str) -> ModelResponse:
    usage = RequestUsage(input_tokens=1_000_000, cache_read_tokens=500_000, output_tokens=1000)
    return ModelResponse(parts=[TextPart("x")], usage=usage, model_name=model, provider_url=url)


def test_a_price_is_that_of_the_provider_and_is_not_guessed() -> None:
    known = cost_of(response("https://api.anthropic.com", "claude-sonnet-4-5"))
    assert known is not None
    assert known > 0
    assert cost_of(response("http://127.0.0.1:8000/v1", "gpt-4.1")) is None
    assert cost_of(response("https://api.openai.com/v1/", "a-model-of-tomorrow")) is None
    assert cost_of(response("", "gpt-4.1")) is None


async def test_half_a_secret_is_not_told_while_the_model_thinks_on() -> None:
    sent: list[Message] = []
    turn = ModelTurn(AgentReporter("aex-1", sent.append), masker_of((KEY,)), TestModel(), 1)
    turn.heard(PartStartEvent(index=0, part=ThinkingPart(content=f"The key is {KEY[:10]}")))
    await until(lambda: sent)
    turn.heard(PartDeltaEvent(index=0, delta=ThinkingPartDelta(content_delta=f"{KEY[10:]}.")))
    turn.over()
    assert [message["note"]["thinking"]["more"] for message in sent] == ["The key is ", "***."]


async def test_a_model_that_says_nothing_for_a_while_is_awaited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "PATIENCE_SECONDS", 0.01)
    sent: list[Message] = []
    turn = ModelTurn(AgentReporter("aex-1", sent.append), masker_of(()), TestModel(), 1)
    await until(lambda: sent)
    turn.heard(PartStartEvent(index=0, part=TextPart("x")))
    turn.over()
    assert [next(iter(message["note"])) for message in sent] == ["wait", "wait_over"]
    assert sent[0]["note"]["wait"] == {"on": "answer", "text": "waiting for the model test"}


def test_a_note_of_another_version_ends_nothing_and_half_a_character_is_replaced() -> None:
    half = told_note({"note": {"thinking": {"more": "a \ud83d b"}, "at": "now"}})
    assert half is not None
    assert half.thinking.more == "a ? b"
    assert told_note({"note": {"of_tomorrow": {"more": "x"}}}) is None
    assert told_note({"note": {"thinking": {"depth": 3}}}) is None
