"""A conversation that is too long for its model goes on with a summary of its older part."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic_ai.messages import (
    ModelMessage,
    ModelRequest,
    ModelResponse,
    TextPart,
    ToolCallPart,
    ToolReturnPart,
    UserPromptPart,
)

from stigmer_api.agentexecution_pb2 import AgentExecution, ExecutionPhase
from stigmerd.agents.compaction.cut import place_of_cut
from stigmerd.agents.compaction.measure import tokens_in
from stigmerd.agents.compaction.summary import INSTRUCTIONS
from tests.stigmerd.agents.notes import told
from tests.stigmerd.agents.stage import Stage, agent, with_server
from tests.support.providers.answers import Answer, Call, Fail, Given, Part, Request, Say
from tests.support.providers.server import fake

WINDOW = 2000
LONG = "tea and cake and milk " * 60  # some 400 tokens
NOTES = "The guest wants tea."


def is_summary(request: Request) -> bool:
    return INSTRUCTIONS[:40] in json.dumps(request.body)


def answer(request: Request) -> Given:
    return NOTES if is_summary(request) else f"Noted. {LONG}"


def counted(request: Request, *parts: Part) -> Answer:
    """With the usage that a provider would count."""
    return Answer(parts, usage=(len(json.dumps(request.body)) // 4, 100))


def sent(request: Request) -> list[tuple[str, str]]:
    return [(each["role"], text_of(each)) for each in request.body["messages"]]


def text_of(message: dict[str, Any]) -> str:
    content = message.get("content") or ""
    return content if isinstance(content, str) else json.dumps(content)


async def talk(stage: Stage, session: str, env: dict[str, str], *messages: str) -> list[AgentExecution]:
    variables = env | {"STIGMER_LLM_CONTEXT_WINDOW": str(WINDOW)}
    return [await stage.run(agent(), message=message, session=session, env=variables) for message in messages]


async def test_the_older_part_is_summarised_once_and_said(stage: Stage) -> None:
    with fake("openai", answer) as provider:
        turns = await talk(stage, "long", provider.env, "I am Ada", "more", "and more", "last", "again")
    assert {turn.status.phase for turn in turns} == {ExecutionPhase.EXECUTION_COMPLETED}
    summaries = [number for number, request in enumerate(provider.requests) if is_summary(request)]
    assert len(summaries) == 1  # not one for each message that follows
    asked = sent(provider.requests[summaries[0] + 1])
    assert NOTES in asked[1][1]
    assert not any("I am Ada" in text for _, text in asked)
    assert asked[-1][0] == "user"
    roles = [role for role, _ in asked]
    assert all(one != other for one, other in pairwise(roles))
    assert "I am Ada" in json.dumps(provider.requests[summaries[0]].body)
    waits = [
        note.wait.text
        for turn in turns
        for note in (await told(stage, turn))[0]
        if note.wait.on == "compaction"
    ]
    assert len(waits) == 1
    assert "too long for the model" in waits[0]
    assert "become a summary" in waits[0]


async def test_the_next_summary_has_the_one_before(stage: Stage) -> None:
    with fake("openai", answer) as provider:
        await talk(stage, "longer", provider.env, *(f"message {number}" for number in range(10)))
    summaries = [request for request in provider.requests if is_summary(request)]
    assert len(summaries) >= 2
    assert NOTES in json.dumps(summaries[1].body)
    assert all(tokens(request) < WINDOW for request in provider.requests)


def tokens(request: Request) -> int:
    return sum(len(text) for _, text in sent(request)) // 4


async def test_a_short_conversation_is_as_it_was(stage: Stage) -> None:
    with fake("openai", "Yes.") as provider:
        await talk(stage, "short", provider.env, "I am Ada", "really")
    assert [text for _, text in sent(provider.requests[1])][1:] == ["I am Ada", "Yes.", "really"]


async def test_results_of_tools_that_pile_up_in_one_turn_are_summarised(stage: Stage) -> None:
    def reply(request: Request) -> Given:
        if is_summary(request):
            return NOTES
        results = len([each for each in request.body["messages"] if each["role"] == "tool"])
        asked = sum(not is_summary(each) for each in provider.requests)
        return "Done." if asked > 8 else counted(request, Say(LONG), Call("add", {"a": asked, "b": results}))

    with fake("openai", reply) as provider:
        variables = provider.env | {"STIGMER_LLM_CONTEXT_WINDOW": str(WINDOW)}
        done = await stage.run(with_server(agent()), message="Add all of it up", env=variables)
    assert done.status.messages[-1].content == "Done."
    summaries = [number for number, request in enumerate(provider.requests) if is_summary(request)]
    assert summaries
    after = provider.requests[summaries[0] + 1].body["messages"]
    assert "Add all of it up" in json.dumps(after)  # what is being answered is never lost
    called = [call["id"] for each in after for call in each.get("tool_calls") or ()]
    assert called == [each["tool_call_id"] for each in after if each["role"] == "tool"]
    assert len(done.status.tool_calls) == 8  # all is in the record


async def test_a_model_that_is_smaller_than_thought_is_asked_again(stage: Stage) -> None:
    refused = Fail(400, "This model's maximum context length is 4096 tokens", "context_length_exceeded")

    def reply(request: Request) -> Given:
        if is_summary(request):
            return NOTES
        asked = [text for role, text in sent(request) if role == "user"]
        return refused if len(asked) > 1 and asked[0] == "I am Ada" else "Fine."

    with fake("openai", reply) as provider:
        first = await stage.run(agent(), message="I am Ada", session="small", env=provider.env)
        second = await stage.run(agent(), message="Who am I?", session="small", env=provider.env)
    assert first.status.phase == second.status.phase == ExecutionPhase.EXECUTION_COMPLETED
    assert [is_summary(request) for request in provider.requests] == [False, False, True, False]


async def test_another_refusal_is_no_reason_to_summarise(stage: Stage) -> None:
    with fake("openai", Fail(400, "unknown parameter: foo")) as provider:
        done = await stage.run(agent(), message="hi", session="other", env=provider.env)
    assert done.status.phase == ExecutionPhase.EXECUTION_FAILED
    assert not any(map(is_summary, provider.requests))


async def test_without_a_summary_the_oldest_are_left_out_and_said(stage: Stage) -> None:
    def reply(request: Request) -> Given:
        return Fail(400, "no") if is_summary(request) else f"Noted. {LONG}"

    with fake("openai", reply) as provider:
        turns = await talk(stage, "none", provider.env, "I am Ada", "more", "and more", "last", "again")
    assert {turn.status.phase for turn in turns} == {ExecutionPhase.EXECUTION_COMPLETED}
    notes, _ = await told(stage, turns[-1])
    assert any("could not be summarised" in note.warned.text for note in notes)


async def test_a_script_reads_whatever_there_is(stage: Stage) -> None:
    env = {"STIGMER_LLM_PROVIDER": "scripted"}
    for _ in range(3):
        done = await stage.run(agent(), message=LONG * 3, session="script", env=env)
    assert done.status.messages[-1].content.strip() == (LONG * 3).strip()


@pytest.mark.parametrize("said", ["8k", "0", "-5", "999"])
async def test_a_window_must_be_a_number_of_tokens(stage: Stage, said: str) -> None:
    env = {"STIGMER_LLM_PROVIDER": "scripted", "STIGMER_LLM_CONTEXT_WINDOW": said}
    done = await stage.run(agent(), env=env)
    assert "STIGMER_LLM_CONTEXT_WINDOW must be a whole number of tokens" in done.status.error


async def test_what_a_summary_takes_counts(stage: Stage) -> None:
    def reply(request: Request) -> Given:
        return Answer([Say(NOTES)], usage=(100, 10)) if is_summary(request) else answer(request)

    with fake("openai", reply) as provider:
        turns = await talk(stage, "counted", provider.env, "I am Ada", "more", "and more", "last", "again")
    assert sum([(await told(stage, turn))[1].input_tokens for turn in turns]) == 5 * 11 + 100


MESSAGES = st.lists(st.sampled_from(["user", "say", "call"]), min_size=1, max_size=12)


@settings(deadline=None, max_examples=50)
@given(MESSAGES, st.integers(1, 400))
def test_no_call_is_cut_from_its_result(kinds: list[str], room: int) -> None:
    messages: list[ModelMessage] = [ModelRequest(parts=[UserPromptPart("begin " * 20)])]
    for number, kind in enumerate(kinds):
        match kind:
            case "user":
                messages.append(ModelResponse(parts=[TextPart("yes " * 20)]))
                messages.append(ModelRequest(parts=[UserPromptPart("more " * 20)]))
            case "say":
                messages.append(ModelResponse(parts=[TextPart("well " * 20)]))
                messages.append(ModelRequest(parts=[UserPromptPart("go on")]))
            case "call":
                messages.append(ModelResponse(parts=[ToolCallPart("add", {}, f"c{number}")]))
                messages.append(ModelRequest(parts=[ToolReturnPart("add", "5 " * 20, f"c{number}")]))
    cut = place_of_cut(messages, room)
    left = messages[cut:]
    made = {part.tool_call_id for each in left for part in each.parts if isinstance(part, ToolCallPart)}
    brought = {part.tool_call_id for each in left for part in each.parts if isinstance(part, ToolReturnPart)}
    assert brought <= made
    assert cut == 0 or cut < len(messages)
    if cut and tokens_in(left) > room:
        assert place_of_cut(left, room) == 0  # nothing more could go
