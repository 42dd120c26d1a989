"""Conversations out of the journal, made fit to go on with."""

from __future__ import annotations

from pydantic_ai.messages import (
    ModelMessage,
    ModelMessagesTypeAdapter,
    ModelRequest,
    ModelResponse,
    TextPart,
    ToolCallPart,
    ToolReturnPart,
    UserPromptPart,
)

from stigmerd.agents.history import continued, finished, told
from stigmerd.agents.past import conversation
from stigmerd.store.json import Json

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


def turn(messages: list[ModelMessage], *said: str, note: str = "", **calls: str) -> dict[str, Json]:
    """As `executions/turns.py` gives one that broke off."""
    return {
        "messages": ModelMessagesTypeAdapter.dump_python(messages, mode="json"),
        "message": "add",
        "said": list(said),
        "calls": {id_: {"result": result, "error": ""} for id_, result in calls.items()},
        "note": note,
    }


def told_as(messages: list[ModelMessage]) -> list[tuple[str, str]]:
    """(kind of part, content) of each, without times."""
    return [
        (part.part_kind, str(getattr(part, "content", part)))
        for message in messages
        for part in message.parts
    ]


def test_a_turn_that_ended_well_is_told_as_it_was() -> None:
    whole: list[ModelMessage] = [ASKED, CALLED, returned("c1", "c2", "c3"), ANSWERED]
    saved = ModelMessagesTypeAdapter.dump_python(whole, mode="json")
    assert told({"messages": saved}) == whole


def test_a_turn_that_broke_off_before_its_answer_is_the_message_and_a_note() -> None:
    assert told_as(told(turn([], note="[cancelled]"))) == [("user-prompt", "add"), ("text", "[cancelled]")]


def test_what_was_said_before_it_broke_off_is_told() -> None:
    found = told_as(told(turn([], "Half an ans", note="[cancelled]")))
    assert found == [("user-prompt", "add"), ("text", "Half an ans\n\n[cancelled]")]


def test_each_call_of_a_turn_that_broke_off_has_a_result() -> None:
    found = told(turn([ASKED, CALLED], note="[cancelled]", c2="7"))
    results = [part for message in found for part in message.parts if isinstance(part, ToolReturnPart)]
    assert [(part.tool_call_id, part.content) for part in results] == [
        ("c1", "interrupted: this call was not made"),
        ("c2", "7"),
        ("c3", "interrupted: this call was not made"),
    ]
    assert told_as(found)[-1] == ("text", "[cancelled]")


def test_a_note_after_the_last_answer_is_part_of_it() -> None:
    *_, last = told(turn([ASKED, ANSWERED], note="[failed]"))
    assert [part.content for part in last.parts if isinstance(part, TextPart)] == ["5", "[failed]"]


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


def test_a_session_that_is_too_long_loses_its_oldest_turns() -> None:
    turns = [{"messages": [f"{number}" * 10]} for number in range(5)]
    assert conversation(turns, 1000) == turns
    assert conversation(turns, 60) == turns[3:]
