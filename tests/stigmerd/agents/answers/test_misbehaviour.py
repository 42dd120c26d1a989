"""Providers that misbehave, over the wire formats: it is said in words, and nothing is made up."""

from __future__ import annotations

import json

import pytest

from stigmer_api.agentexecution_pb2 import AgentExecution, ExecutionPhase
from tests.stigmerd.agents.stage import Stage, agent, with_server
from tests.support.providers.answers import Call, Fail, Raw, Reply
from tests.support.providers.server import fake

WIRES = ("openai", "anthropic")  # all others need a library of their own, or are like the first
PAGE = "<html><head><title>Sign in</title></head><body><script>x=1</script>Who are you?</body></html>"
NOTHING = "answered with nothing; check its name"
NO_RETRY = {"x-should-retry": "false"}

# What is answered, and what is said of it; each over each wire format.
TABLE: dict[str, tuple[Reply, str]] = {
    "401": (Fail(401, headers=NO_RETRY), "the provider does not accept the API key (HTTP 401 from "),
    "403": (Fail(403, headers=NO_RETRY), "the API key may not use the model "),
    "404": (Fail(404, headers=NO_RETRY), "there is no model "),
    "429": (Fail(429, "slow", headers=NO_RETRY), "too many requests for the model "),
    "500": (Fail(500, "oops", headers=NO_RETRY), "failed (HTTP 500 from "),
    "503": (Fail(503, "busy", headers=NO_RETRY), "failed (HTTP 503 from "),
    "a page": (Raw(PAGE), NOTHING),
    "a page as an error": (Raw(PAGE, status=502, headers=NO_RETRY), "failed (HTTP 502 from "),
    "JSON that is no stream": (
        Raw('{"id": "x"}', "application/json"),
        NOTHING,
    ),
    "bytes": (
        Raw(b"\x00\xff\xfe" * 100, "application/octet-stream"),
        "sent cannot be read (",
    ),
    "a stream of no JSON": (Raw("data: {no json\n\n", "text/event-stream"), ""),
    "half a stream of JSON": (Raw('data: {"choices": [\n\n', "text/event-stream"), ""),
    "a JSON of another kind": (Raw("data: [1, 2]\n\n", "text/event-stream"), ""),
    "a number too big": (Raw(f"data: {'9' * 5000}\n\n", "text/event-stream"), ""),
}


async def outcome(stage: Stage, wire: str, *replies: Reply) -> tuple[AgentExecution, int]:
    with fake(wire, *replies) as provider:
        execution = await stage.run(with_server(agent()), env=provider.env)
        said = str(execution.status)
    assert provider.KEY not in said
    return execution, len(provider.requests)


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("case", TABLE)
async def test_what_it_answers_is_said_in_words(stage: Stage, wire: str, case: str) -> None:
    reply, words = TABLE[case]
    execution, _ = await outcome(stage, wire, reply)
    error = execution.status.error
    assert execution.status.phase == ExecutionPhase.EXECUTION_FAILED
    assert words in error
    assert error.endswith("]"), "every error has a code"
    assert len(error) < 600
    assert "<" not in error
    assert "Traceback" not in error


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("args", ['{"a": 2, "b"', "[1]", '"x"'])
async def test_arguments_that_are_none_are_refused_and_asked_for_again(
    stage: Stage, wire: str, args: str
) -> None:
    execution, asked = await outcome(
        stage, wire, Call("add", args), Call("add", {"a": 2, "b": 3}), "It is 5."
    )
    assert execution.status.phase == ExecutionPhase.EXECUTION_COMPLETED, execution.status.error
    first, second = execution.status.tool_calls
    assert (bool(first.error), second.result, asked) == (True, "5", 3)


@pytest.mark.parametrize("wire", WIRES)
async def test_a_tool_that_is_none_is_refused(stage: Stage, wire: str) -> None:
    execution, _ = await outcome(stage, wire, Call("sub", {"a": 2}), "Sorry.")
    (call,) = execution.status.tool_calls
    assert call.name == "sub"
    assert "sub" in call.error
    assert execution.status.messages[-1].content == "Sorry."


async def test_halves_of_characters_are_shown_as_what_they_are(stage: Stage) -> None:
    half = json.dumps({"choices": [{"index": 0, "delta": {"content": "a\ud83d"}, "finish_reason": None}]})
    end = json.dumps({"choices": [{"index": 0, "delta": {"content": "b"}, "finish_reason": "stop"}]})
    body = f"data: {half}\n\ndata: {end}\n\ndata: [DONE]\n\n"
    execution, _ = await outcome(stage, "openai", Raw(body, "text/event-stream"))
    assert execution.status.phase == ExecutionPhase.EXECUTION_COMPLETED, execution.status.error
    text = execution.status.messages[-1].content
    assert (text[0], text[-1]) == ("a", "b")


@pytest.mark.parametrize("number", ["9" * 400, "9" * 5000, "1e999", "-1e400", "NaN"])
async def test_numbers_that_json_has_no_room_for(stage: Stage, number: str) -> None:
    execution, _ = await outcome(stage, "openai", Call("echo", f'{{"text": "x", "n": {number}}}'), "Done.")
    assert execution.status.phase == ExecutionPhase.EXECUTION_COMPLETED, execution.status.error
    (call,) = execution.status.tool_calls
    assert call.result == "x"
    assert str(call.args["n"])[:6] in (number[:6], "1e+400")
