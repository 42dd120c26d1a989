"""Real provider libraries against fakes of each wire format: text, thinking, calls, usage, errors."""

from __future__ import annotations

import asyncio

import pytest

from stigmer_api.agent_pb2 import Agent
from stigmerd.agents import worker
from tests.stigmerd.agents.notes import told as told_by
from tests.stigmerd.agents.stage import Stage, agent, texts, with_server
from tests.support.providers.answers import Answer, Call, Fail, Say, Think
from tests.support.providers.server import fake
from tests.support.providers.wires.table import WIRES


def calculator() -> Agent:
    return with_server(agent())


@pytest.mark.parametrize("wire", WIRES)
async def test_text_thinking_and_parallel_calls(stage: Stage, wire: str) -> None:
    calls = [
        Think("Two sums."),
        Say("Let me see."),
        Call("add", {"a": 2, "b": 3}),
        Call("add", {"a": 10, "b": 20}),
    ]
    with fake(wire, calls, "It is 5 and 30.") as provider:
        execution = await stage.run(calculator(), "Add.", env=provider.env)
    assert texts(execution) == ["Add.", "Let me see.", "It is 5 and 30."]
    assert [call.result for call in execution.status.tool_calls] == ["5", "30"]
    usage = dict(execution.status.messages[-1].metadata["usage"])
    expected = {"input_tokens": 11, "output_tokens": 7, "requests": 2, "total_tokens": 36}
    assert {name: usage[name] for name in expected} == expected
    assert provider.KEY not in str(execution.status)
    notes, _ = await told_by(stage, execution)
    thought = "".join(note.thinking.more for note in notes)
    assert thought == ("Two sums." if provider.wire.thinks else "")


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize(
    ("status", "said"),
    [
        (401, "the provider does not accept the API key"),
        (404, "there is no model"),
        (429, "too many requests"),
        (503, "failed"),
    ],
)
async def test_a_refusal(stage: Stage, wire: str, status: int, said: str) -> None:
    with fake(wire, Fail(status, f"no, {status}", headers={"x-should-retry": "false"})) as provider:
        execution = await stage.run(agent(), env=provider.env)
    assert said in execution.status.error
    assert f"HTTP {status} from {provider.url}" in execution.status.error


@pytest.mark.parametrize("wire", WIRES)
async def test_a_stream_that_breaks_off(stage: Stage, wire: str) -> None:
    with fake(wire, Answer([Say("one two three four")], events=2)) as provider:
        execution = await stage.run(agent(), env=provider.env)
    assert execution.status.error


def test_an_error_that_cannot_be_explained_still_ends_the_execution(monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object) -> str:
        raise RuntimeError("no words")

    monkeypatch.setattr(worker, "explain", broken)
    said = asyncio.run(
        worker.reason_of(ValueError("the key sk-secret-1 is odd"), {"secrets": ["sk-secret-1"]})
    )
    assert said == "ValueError: the key *** is odd"
