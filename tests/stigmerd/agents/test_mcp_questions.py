"""MCP servers that ask: for a form to be filled in, for an address to be opened, for a completion."""

from __future__ import annotations

import json
from typing import Any

import pytest

from stigmerd.agents.mcp.inbound.questions import what_is_wrong
from stigmerd.agents.mcp.inbound.sampling import SHOWN_CHARACTERS, messages_of, settings_of, shown
from stigmerd.agents.mcp.limits import Clock
from stigmerd.executions.questions import Decided
from tests.stigmerd.agents.notes import told
from tests.stigmerd.agents.questions import answer, asked, running, status_of, waits
from tests.stigmerd.agents.stage import Stage, texts
from tests.stigmerd.agents.talking import called, results, talking
from tests.support.poll import until

NO = Decided(action="decline", by="test")
SCHEMA = {
    "type": "object",
    "properties": {"nights": {"type": "integer", "minimum": 1}},
    "required": ["nights"],
}
FORM = {"message": "How many nights?", "requestedSchema": SCHEMA}
LINK = {"mode": "url", "message": "Pay here", "url": "https://pay.example/1", "elicitationId": "e1"}
SAMPLE = {
    "messages": [{"role": "user", "content": {"type": "text", "text": "summarize: call me Ishmael"}}],
    "systemPrompt": "Be brief.",
    "maxTokens": 50,
}


def asking(method: str, params: dict[str, Any], **options: Any) -> Any:
    """An agent whose server asks that of its client."""
    script = (
        "- {when: summarize, say: A sailor.}\n"
        + called("request", method=method, params=json.dumps(params)).replace(
            "- call", "- when: hello\n  call"
        )
        + "- say: done"
    )
    return talking(script, **options)


async def another(stage: Stage, execution_id: str, before: str) -> str:
    """The question that follows that one."""

    def following() -> list[str]:
        return [
            each.id
            for whose, each in stage.executions.questions.open()
            if whose == execution_id and each.id != before
        ]

    await until(following)
    return following()[0]


async def test_a_form_is_filled_in_and_not_kept(stage: Stage) -> None:
    async with running(stage, asking("elicitation/create", FORM)) as (execution_id, task):
        (question,) = await waits(stage, execution_id)
        (shown_form,) = asked(status_of(stage, execution_id).tool_calls[0])
        answer(stage, execution_id, question, Decided(action="accept", content={"nights": 3}))
        await task
    assert (shown_form["kind"], shown_form["state"], shown_form["text"]) == (
        "form",
        "waiting",
        "How many nights?",
    )
    assert shown_form["server"] == "talking"
    assert shown_form["schema"] == SCHEMA
    execution = stage.get(execution_id)
    assert texts(execution)[-1] == "done"
    assert json.loads(results(execution)[0]) == {"action": "accept", "content": {"nights": 3}}
    assert 'nights": 3' not in json.dumps(asked(execution.status.tool_calls[0]))


async def test_what_does_not_fit_is_asked_again_with_the_reason(stage: Stage) -> None:
    async with running(stage, asking("elicitation/create", FORM)) as (execution_id, task):
        (first,) = await waits(stage, execution_id)
        answer(stage, execution_id, first, Decided(action="accept", content={"nights": 0}))
        again = await another(stage, execution_id, first)
        problem = asked(status_of(stage, execution_id).tool_calls[0])[-1]["problem"]
        answer(stage, execution_id, again, NO)
        await task
    assert problem == "nights: 0 is less than the minimum of 1"
    assert json.loads(results(stage.get(execution_id))[0]) == {"action": "decline"}


async def test_an_address_is_shown_whole(stage: Stage) -> None:
    async with running(stage, asking("elicitation/create", LINK)) as (execution_id, task):
        (question,) = await waits(stage, execution_id)
        (link,) = asked(status_of(stage, execution_id).tool_calls[0])
        answer(stage, execution_id, question, Decided(action="accept"))
        await task
    assert (link["kind"], link["url"], link["text"]) == ("link", "https://pay.example/1", "Pay here")
    assert json.loads(results(stage.get(execution_id))[0]) == {"action": "accept"}


async def test_a_call_that_wants_an_address_first_is_made_again(stage: Stage) -> None:
    async with running(stage, talking(called("protected") + "- say: done")) as (execution_id, task):
        (question,) = await waits(stage, execution_id)
        (link,) = asked(status_of(stage, execution_id).tool_calls[0])
        answer(stage, execution_id, question, Decided(action="accept"))
        await task
    assert (link["kind"], link["url"], link["text"]) == ("link", "https://example.com/key", "A key.")
    assert results(stage.get(execution_id)) == ["the secret garden"]


@pytest.mark.parametrize("option", [{}, {"elicitation": "deny"}])
async def test_where_nobody_opens_it_the_call_says_which(stage: Stage, option: dict[str, Any]) -> None:
    rules = {"approval": json.dumps({"approve": [], "otherwise": "deny"})}
    agent = talking(called("protected") + "- say: done", **option)
    (call,) = (await stage.run(agent, annotations=rules)).status.tool_calls
    assert "wants somebody to open https://example.com/key first: A key." in call.error


async def test_without_anybody_a_form_is_declined_and_that_is_said(stage: Stage) -> None:
    rules = {"approval": json.dumps({"approve": [], "otherwise": "deny"})}
    execution = await stage.run(asking("elicitation/create", FORM), annotations=rules)
    assert json.loads(results(execution)[0]) == {"action": "decline"}
    assert asked(execution.status.tool_calls[0])[0]["state"] == "declined"


@pytest.mark.parametrize(
    ("method", "option"), [("elicitation/create", "elicitation"), ("sampling/createMessage", "sampling")]
)
async def test_what_the_agent_denies_is_not_offered_to_the_server(
    stage: Stage, method: str, option: str
) -> None:
    params = FORM if option == "elicitation" else SAMPLE
    agent = asking(method, params, **{option: "deny"})
    execution = await stage.run(agent)
    assert "not supported" in results(execution)[0].lower()
    assert not asked(execution.status.tool_calls[0])


async def test_a_person_lets_the_agent_s_model_answer_the_server(stage: Stage) -> None:
    async with running(stage, asking("sampling/createMessage", SAMPLE)) as (execution_id, task):
        (question,) = await waits(stage, execution_id)
        (sampling,) = asked(status_of(stage, execution_id).tool_calls[0])
        answer(stage, execution_id, question, Decided(action="accept"))
        await task
    assert sampling["kind"] == "sampling"
    assert "wants the model scripted to answer it, with at most 50 tokens" in sampling["text"]
    assert sampling["text"].endswith("\nsystem: Be brief.\nuser: summarize: call me Ishmael")
    assert sampling["messages"] == [
        {"role": "system", "text": "Be brief."},
        {"role": "user", "text": "summarize: call me Ishmael"},
    ]
    execution = stage.get(execution_id)
    sampled = json.loads(results(execution)[0])
    assert (sampled["role"], sampled["content"]["text"], sampled["model"]) == (
        "assistant",
        "A sailor.",
        "scripted",
    )
    notes, _ = await told(stage, execution)
    assert len([note for note in notes if note.HasField("turn")]) == 3  # its two, and the server's


async def test_a_declined_completion_is_an_error_to_the_server(stage: Stage) -> None:
    async with running(stage, asking("sampling/createMessage", SAMPLE)) as (execution_id, task):
        (question,) = await waits(stage, execution_id)
        answer(stage, execution_id, question, Decided(action="decline", reason="too dear"))
        await task
    assert json.loads(results(stage.get(execution_id))[0])["message"] == "declined: too dear"


async def test_completions_that_the_agent_allows_need_nobody_and_count(stage: Stage) -> None:
    agent = asking("sampling/createMessage", SAMPLE, sampling="allow")
    assert "A sailor." in results(await stage.run(agent))[0]
    limited = await stage.run(agent, env={"STIGMER_AGENT_MAX_STEPS": "1"})
    assert "stopped after 1 model turn" in results(limited)[0]
    assert "stopped after 1 model turn" in limited.status.error


async def test_the_time_of_a_call_stands_still_while_somebody_is_asked() -> None:
    clock = Clock(60, patient=False)
    async with clock.running():
        with clock.paused():
            with clock.paused():
                assert clock._timeout.when() is None
            assert clock._timeout.when() is None
            clock.doubt("x")
            assert clock._timeout.when() is None
        assert 50 < clock.left <= 60


def params(**fields: Any) -> Any:
    from mcp_types import CreateMessageRequestParams

    return CreateMessageRequestParams.model_validate({**SAMPLE, **fields})


def test_all_kinds_of_messages_reach_the_model() -> None:
    image = {"type": "image", "data": "iVBORw0KGgo=", "mimeType": "image/png"}
    messages = [
        {"role": "user", "content": [{"type": "text", "text": "what is this?"}, image]},
        {"role": "assistant", "content": {"type": "text", "text": "a boat"}},
    ]
    system, user, assistant = messages_of(params(messages=messages))
    assert system.parts[0].content == "Be brief."  # type: ignore[union-attr]
    text, picture = user.parts[0].content  # type: ignore[union-attr, misc]
    assert (text, picture.media_type) == ("what is this?", "image/png")  # type: ignore[union-attr]
    assert assistant.parts[0].content == "a boat"  # type: ignore[union-attr]
    assert settings_of(params(temperature=0.5, stopSequences=["."])) == {
        "max_tokens": 50,
        "temperature": 0.5,
        "stop_sequences": ["."],
    }
    assert shown(params(messages=messages))[1]["text"] == "what is this?\n(image)"


def test_a_long_message_is_shown_in_part() -> None:
    long = [{"role": "user", "content": {"type": "text", "text": "x" * (SHOWN_CHARACTERS + 7)}}]
    assert shown(params(messages=long))[1]["text"].endswith("x… (7 characters more)")


@pytest.mark.parametrize(
    ("content", "wrong"),
    [
        ({"nights": 2}, ""),
        ({}, "'nights' is a required property"),
        ({"nights": "2"}, "nights: '2' is not of type 'integer'"),
    ],
)
def test_what_is_wrong_with_a_form(content: Any, wrong: str) -> None:
    assert what_is_wrong(content, SCHEMA) == wrong
    assert what_is_wrong(content, {"type": "nonsense"}) == ""
