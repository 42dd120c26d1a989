"""Conversations out of the journal, made fit to go on with."""

from __future__ import annotations

from pydantic_ai.messages import (
    ModelMessage,
    ModelRequest,
    ModelResponse,
    TextPart,
    ToolCallPart,
    ToolReturnPart,
    UserPromptPart,
)

from stigmerd.agents.history import continued, finished, without_unanswered_calls
from stigmerd.agents.past import conversation

ASKED = ModelRequest(parts=[UserPromptPart(content="add")])
CALLED = ModelResponse(
    parts=[
        ToolCallPart(tool_name="add", args={}, tool_call_id="c1"),
        ToolCallPart(tool_name="sub", args={}, tool_call_id="c2"),
        ToolCallPart(tool_name="mul", args={}, tool_call_id="c3"),
    ]
)
ANSWERED = ModelResponse(parts=[TextPart(content="5")])


def returned(*ids: str) -> ModelRequest:
    return ModelRequest(parts=[ToolReturnPart(tool_name="t", content="5", tool_call_id=id_) for id_ in ids])


def test_calls_that_never_got_an_answer_are_left_out() -> None:
    whole: list[ModelMessage] = [ASKED, CALLED, returned("c1", "c2", "c3"), ANSWERED]
    assert without_unanswered_calls(whole) == whole
    assert without_unanswered_calls([ASKED, CALLED]) == [ASKED]


def test_each_call_of_the_last_turn_gets_an_answer() -> None:
    calls = {"c1": {"result": "5", "error": ""}, "c2": {"result": "", "error": "interrupted"}}
    *before, last = continued([ASKED, CALLED], calls)
    assert before == [ASKED, CALLED]
    parts = [part for part in last.parts if isinstance(part, ToolReturnPart)]
    assert [(part.tool_call_id, part.content, part.outcome) for part in parts] == [
        ("c1", "5", "success"),
        ("c2", "interrupted", "failed"),
        ("c3", "interrupted: this call was not made", "failed"),
    ]


def test_an_answer_without_calls_is_the_last() -> None:
    assert finished([ASKED, ANSWERED])
    assert not finished([ASKED, CALLED])
    assert not finished([])


def test_a_session_that_is_too_long_loses_its_oldest_executions() -> None:
    saved = [{"messages": [f"{number}" * 10]} for number in range(5)]
    assert conversation(saved, 1000) == ["0000000000", "1111111111", "2222222222", "3333333333", "4444444444"]
    assert conversation(saved, 30) == ["3333333333", "4444444444"]
