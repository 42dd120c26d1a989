"""Answers that are none: a table of what a provider may do, over the wire formats."""

from __future__ import annotations

import pytest

from stigmer_api.agent_options import annotation_of
from stigmer_api.agent_pb2 import Agent
from stigmer_api.agentexecution_pb2 import AgentExecution, ExecutionPhase
from tests.stigmerd.agents.notes import told
from tests.stigmerd.agents.stage import Stage, agent, scripted, with_server
from tests.support.providers.answers import Answer, Call, Raw, Refuse, Reply, Say, Think
from tests.support.providers.server import fake

CHAT, MESSAGES = "openai", "anthropic"
BROKE = "the answer of the model {model} at {base} broke off: "
SOON = "try again, and look at what is in between"


def cut(finish: str = "", **more: object) -> Answer:
    return Answer([Say("Once upon a time")], finish=finish, **more)  # type: ignore[arg-type]


# What is answered; what stays on the screen; how the execution fails; how often it was asked.
TABLE: list[tuple[str, str, Reply, list[str], str, int]] = [
    (
        "length",
        CHAT,
        cut("length"),
        ["Once upon a time"],
        "the model {model} stopped at its limit of tokens after 7 (length); raise max_tokens in the agent's "
        "settings, or ask for a shorter answer [E0822]",
        1,
    ),
    (
        "length",
        MESSAGES,
        cut("length"),
        ["Once upon a time"],
        "limit of tokens after 7 (max_tokens); raise",
        1,
    ),
    (
        "the whole context",
        MESSAGES,
        cut("model_context_window_exceeded"),
        ["Once upon a time"],
        "the conversation filled the context window of the model {model} (model_context_window_exceeded); "
        "send less, begin a new session, or choose a model with a larger context window [E0822]",
        1,
    ),
    (
        "length in a call",
        CHAT,
        Answer([Say("So:"), Call("add", '{"a": 2, "b"')], finish="length"),
        ["So:"],
        "stopped at its limit of tokens after 7 (length); raise max_tokens",
        1,
    ),
    (
        "length in a call",
        MESSAGES,
        Answer([Call("add", '{"a": 2')], finish="length"),
        [""],
        "(max_tokens); raise",
        1,
    ),
    (
        "only thought, to the limit",
        MESSAGES,
        Answer([Think("Hm")], finish="length"),
        [""],
        "(max_tokens); raise",
        1,
    ),
    (
        "filter",
        CHAT,
        cut("content_filter"),
        ["Once upon a time"],
        "the provider's content filter stopped the answer of the model {model}; change the message or the "
        "instructions [E0820]",
        1,
    ),
    (
        "filter before all",
        CHAT,
        Answer([], finish="content_filter"),
        [""],
        "the provider's content filter stopped",
        1,
    ),
    (
        "another filter",
        CHAT,
        cut("guardrail_intervened"),
        ["Once upon a time"],
        "(guardrail_intervened); change",
        1,
    ),
    (
        "refusal",
        CHAT,
        Answer([Refuse("I cannot help with that.")]),
        ["I cannot help with that."],
        "the model {model} refuses to answer: I cannot help with that; change the message [E1260]",
        1,
    ),
    (
        "refusal",
        MESSAGES,
        Answer([Say("I cannot.")], finish="refusal"),
        ["I cannot."],
        "the model {model} refuses to answer: I cannot; change the message [E1260]",
        1,
    ),
    ("refusal without a word", MESSAGES, Answer([], finish="refusal"), [""], "refuses to answer; change", 1),
    (
        "no end",
        CHAT,
        cut(end=False),
        ["Once upon a time"],
        BROKE + "its stream stopped without an end; " + SOON,
        1,
    ),
    (
        "no end",
        MESSAGES,
        cut(end=False),
        ["Once upon a time"],
        "broke off: its stream stopped without an end",
        1,
    ),
    ("broken", CHAT, cut(events=2), ["Once upon"], BROKE + "the connection was closed; " + SOON, 1),
    ("broken", MESSAGES, cut(events=4), ["Once upon"], "broke off: the connection was closed; " + SOON, 1),
    (
        "broken before all",
        CHAT,
        cut(events=0),
        [""],
        "closed the connection before it answered; try again",
        2,
    ),
    ("broken before all", MESSAGES, cut(events=1), [""], "broke off: the connection was closed", 2),
    (
        "broken in a thought",
        MESSAGES,
        Answer([Think("Let me think about it")], events=4),
        [""],
        "broke off: the connection was closed",
        2,
    ),
    (
        "broken in a call",
        CHAT,
        Answer([Call("add", {"a": 2, "b": 3})], events=2),
        [""],
        "broke off: the conn",
        2,
    ),
    (
        "broken in a call",
        MESSAGES,
        Answer([Call("add", {"a": 2})], events=3),
        [""],
        "broke off: the connection",
        2,
    ),
    ("no end of a call", CHAT, Answer([Call("add", '{"a": 2')], end=False), [""], "without an end", 2),
    (
        "empty",
        CHAT,
        Answer([]),
        [""],
        "the model {model} answered nothing, twice; ask in other words, give it more tokens to think, or "
        "choose another model [E1262]",
        2,
    ),
    ("empty", MESSAGES, Answer([]), [""], "the model {model} answered nothing, twice; ask in other words", 2),
    ("blank", CHAT, Answer([Say(" \n")]), [" \n"], "the model {model} answered nothing, twice", 2),
    (
        "only thought",
        MESSAGES,
        Answer([Think("Hm")]),
        [""],
        "the model {model} only thought, and answered nothing",
        2,
    ),
    (
        "no body",
        CHAT,
        Raw("", "text/event-stream"),
        [],
        "the model {model} at {base} answered with nothing; check",
        2,
    ),
]


async def run(stage: Stage, provider: object, asked: Agent) -> AgentExecution:
    return await stage.run(asked, env=provider.env)  # type: ignore[attr-defined]


def said(execution: AgentExecution) -> list[str]:
    return [message.content for message in execution.status.messages][1:]


@pytest.mark.parametrize(
    ("wire", "reply", "shown", "error", "times"),
    [each[1:] for each in TABLE],
    ids=[f"{each[1]}: {each[0]}" for each in TABLE],
)
async def test_what_is_no_answer_fails_with_words(
    stage: Stage, wire: str, reply: Reply, shown: list[str], error: str, times: int
) -> None:
    with fake(wire, reply) as provider:
        execution = await run(stage, provider, agent())
    assert execution.status.phase == ExecutionPhase.EXECUTION_FAILED
    told = error.format(
        model=provider.model.partition(":")[2], url=provider.url, base=provider.env["STIGMER_LLM_BASE_URL"]
    )
    assert told in execution.status.error
    assert [text.strip() for text in said(execution)] == [text.strip() for text in shown] or said(
        execution
    ) == []
    assert len(provider.requests) == times
    assert not [call for call in execution.status.tool_calls if call.result]


def takes_what_there_is(made: Agent, **helpers: dict[str, str]) -> Agent:
    made.metadata.annotations.update(annotation_of({"cut_off": "warn"}, helpers))
    return made


async def warnings(stage: Stage, execution: AgentExecution) -> list[str]:
    notes, _ = await told(stage, execution)
    return [note.warned.text for note in notes if note.HasField("warned")]


@pytest.mark.parametrize(
    ("wire", "reply", "shown", "warning"),
    [
        (
            CHAT,
            cut("length"),
            "Once upon a time",
            "the model gpt-fake stopped at its limit of tokens after 7 (length)",
        ),
        (MESSAGES, cut(events=4), "Once upon ", "broke off: the connection was closed"),
        (CHAT, cut(end=False), "Once upon a time", "broke off: its stream stopped without an end"),
        (CHAT, Answer([Refuse("No.")]), "No.", "the model gpt-fake refuses to answer: No"),
        (CHAT, Answer([]), "", "the model gpt-fake answered nothing, twice"),
        (
            CHAT,
            Answer([Say("So:"), Call("add", '{"a"')], finish="length"),
            "So:",
            "limit of tokens after 7 (length)",
        ),
        (CHAT, cut("tired"), "Once upon a time", "stopped for a reason of its own (tired)"),
    ],
)
async def test_an_agent_may_take_what_there_is(
    stage: Stage, wire: str, reply: Reply, shown: str, warning: str
) -> None:
    with fake(wire, reply) as provider:
        execution = await run(stage, provider, takes_what_there_is(agent()))
    assert execution.status.phase == ExecutionPhase.EXECUTION_COMPLETED
    assert said(execution) == [shown]
    (told_,) = await warnings(stage, execution)
    assert warning in told_


async def test_in_the_middle_of_tool_turns_the_calls_that_came_are_made(stage: Stage) -> None:
    half = Answer([Call("add", {"a": 2, "b": 3}), Call("add", '{"a": 2')], finish="length")
    with fake(CHAT, half, "It is 5.") as provider:
        execution = await run(stage, provider, takes_what_there_is(with_server(agent())))
        failed = await run(stage, provider, with_server(agent()))
    assert execution.status.phase == ExecutionPhase.EXECUTION_COMPLETED
    assert [(call.result, call.error) for call in execution.status.tool_calls] == [
        ("5", ""),
        ("", "the model was cut off in the middle of this call"),
    ]
    assert failed.status.phase == ExecutionPhase.EXECUTION_COMPLETED
    # What the model is told again is what it has said in full.
    (asked,) = [each for each in provider.requests[1].body["messages"] if each["role"] == "assistant"]
    assert [call["function"]["arguments"] for call in asked["tool_calls"]] == ['{"a":2,"b":3}']


@pytest.mark.parametrize("first", [Answer([]), cut(events=0), Answer([Think("Hm, so")], events=3)])
async def test_the_second_attempt_is_told(stage: Stage, first: Answer) -> None:
    with fake(MESSAGES, first, "Here I am.") as provider:
        execution = await run(stage, provider, agent())
    assert said(execution) == ["Here I am."]
    notes, usage = await told(stage, execution)
    (wait,) = [note.wait.text for note in notes if note.HasField("wait")]
    assert wait.startswith("no answer from the model claude-fake: ")
    assert wait.endswith("; asking once more")
    assert usage.output_tokens >= 7


async def test_the_reason_is_recorded(stage: Stage) -> None:
    with fake(CHAT, [Call("add", {"a": 2, "b": 3})], cut("length")) as provider:
        execution = await run(stage, provider, with_server(agent()))
    reasons = [each.metadata["finish_reason"] for each in execution.status.messages[1:]]
    assert reasons == ["tool_call", "length"]
    notes, _ = await told(stage, execution)
    assert [note.turn.finish_reason for note in notes if note.HasField("turn")] == ["tool_call", "length"]


async def test_a_helper_that_is_cut_off_is_a_failed_call(stage: Stage) -> None:
    asks = [Call("critic", {"message": "Well?"})]
    with fake(CHAT, asks, cut("length"), "It is silent.", asks, cut("length"), "It spoke.") as provider:
        failed = await run(stage, provider, with_critic(agent()))
        warned = await run(
            stage, provider, takes_what_there_is(with_critic(agent()), critic={"cut_off": "warn"})
        )
    assert (
        "critic failed: the model gpt-fake stopped at its limit of tokens"
        in failed.status.tool_calls[0].error
    )
    assert said(failed)[-1] == "It is silent."
    assert warned.status.tool_calls[0].result == "Once upon a time"
    assert (await warnings(stage, warned))[0].startswith("critic: the model gpt-fake stopped at its limit")


async def test_a_session_goes_on_after_a_half_answer(stage: Stage) -> None:
    half = Answer([Say("So: "), Call("add", '{"a": 2')], finish="length")
    with fake(MESSAGES, half, "It is 5.") as provider:
        await stage.run(with_server(agent()), env=provider.env, session="cut")
        execution = await stage.run(with_server(agent()), "And?", env=provider.env, session="cut")
    assert said(execution) == ["It is 5."]
    asked, answer, again = provider.requests[1].body["messages"]
    assert answer["content"][0]["text"].startswith(
        "So: \n\n[This turn was interrupted by an error: the model"
    )
    assert (asked["role"], again["role"]) == ("user", "user")


async def test_an_option_that_is_none(stage: Stage) -> None:
    made = agent()
    made.metadata.annotations.update(annotation_of({"cut_off": "maybe"}, {}))
    with fake(CHAT, "x") as provider:
        execution = await run(stage, provider, made)
    assert execution.status.error == 'the option cut_off must be "fail" or "warn", not \'maybe\' [E0830]'


def with_critic(made: Agent) -> Agent:
    made.spec.sub_agents.add(name="critic", instructions="You judge in one sentence.")
    return made


@pytest.mark.parametrize(
    ("stop", "words"),
    [
        ("length", "the model scripted stopped at its limit of tokens"),
        ("content_filter", "the provider's content filter stopped the answer of the model scripted"),
        ("refusal", "the model scripted refuses to answer: Once upon a time"),
        ("broken", "the answer of the model scripted broke off: the script says so"),
    ],
)
async def test_a_script_that_stops(stage: Stage, stop: str, words: str) -> None:
    made = scripted(f"- say: Once upon a time\n  stop: {stop}")
    failed, warned = await stage.run(made), await stage.run(takes_what_there_is(made))
    assert failed.status.error.startswith(words)
    assert said(failed) == said(warned) == ["Once upon a time"]
    assert (await warnings(stage, warned))[0].startswith(words)


async def test_a_script_that_stops_for_no_reason(stage: Stage) -> None:
    failed = await stage.run(scripted("- say: Once\n  stop: lenght"))
    assert (
        "`stop` must be one of length, content_filter, refusal, broken, not `lenght`" in failed.status.error
    )
    assert "(did you mean `length`?)" in failed.status.error
