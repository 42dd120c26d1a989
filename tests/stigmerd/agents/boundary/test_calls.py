"""Calls as models make them: ids again and again, odd names, text between."""

from __future__ import annotations

import json

import pytest

from tests.stigmerd.agents.stage import Stage, agent, texts, with_server
from tests.support.providers.answers import Call, Say
from tests.support.providers.server import FakeProvider, fake

WIRES = ["openai", "anthropic"]
ADD = {"a": 2, "b": 3}


def asked_of(provider: FakeProvider, request: int) -> list[tuple[str, str]]:
    """(what it is, id) of each call and result that the model is told again."""
    found = []
    for message in provider.requests[request].body["messages"]:
        found += [("call", call["id"]) for call in message.get("tool_calls") or ()]
        if message["role"] == "tool":
            found.append(("result", message["tool_call_id"]))
        for block in message["content"] if isinstance(message["content"], list) else ():
            if block["type"] == "tool_use":
                found.append(("call", block["id"]))
            elif block["type"] == "tool_result":
                found.append(("result", block["tool_use_id"]))
    return found


@pytest.mark.parametrize("wire", WIRES)
async def test_ids_that_come_again(stage: Stage, wire: str) -> None:
    twice = [Call("add", ADD, "c"), Call("add", {"a": 1, "b": 1}, "c")]
    with fake(wire, twice, [Call("add", {"a": 4, "b": 4}, "c")], "Done.") as provider:
        execution = await stage.run(with_server(agent()), env=provider.env, session=f"again {wire}")
        await stage.run(with_server(agent()), env=provider.env, session=f"again {wire}")
    calls = execution.status.tool_calls
    assert [(call.id, call.result) for call in calls] == [("c", "5"), ("c-2", "2"), ("c-3", "8")]
    for kind in ("call", "result"):
        assert [id_ for of, id_ in asked_of(provider, 3) if of == kind] == ["c", "c-2", "c-3"]


@pytest.mark.parametrize("wire", WIRES)
async def test_ids_that_no_provider_takes_again(stage: Stage, wire: str) -> None:
    long = "functions.add:0/" * 5
    with fake(wire, [Call("add", ADD, long), Call("add", ADD, long)], "Done.") as provider:
        execution = await stage.run(with_server(agent()), env=provider.env)
    assert [call.result for call in execution.status.tool_calls] == ["5", "5"]
    ids = {id_ for _, id_ in asked_of(provider, 1)}
    assert len(ids) == 2
    assert all(len(id_) <= 40 and id_.replace("-", "_").isidentifier() for id_ in ids)


@pytest.mark.parametrize("wire", WIRES)
async def test_a_tool_of_an_odd_name_is_shown_as_it_is(stage: Stage, wire: str) -> None:
    def calls_it(request: object) -> Call:
        (tool,) = provider.requests[0].body["tools"]
        return Call(tool.get("name") or tool["function"]["name"])

    with fake(wire, calls_it, "Done.") as provider:
        execution = await stage.run(with_server(agent(), "odd", "--odd"), env=provider.env)
    (call,) = execution.status.tool_calls
    assert (call.name, call.result) == ("files/read größe", "read")
    sent = json.dumps([request.body for request in provider.requests])
    assert '"name": "files/read' not in sent
    assert sent.count('"files_read_gr_e"') == 3  # offered twice, and called


@pytest.mark.parametrize("wire", WIRES)
async def test_text_around_a_call(stage: Stage, wire: str) -> None:
    torn = [Say("Let me see."), Call("add", ADD), Say("It is done")]
    with fake(wire, torn, "Yes.") as provider:
        execution = await stage.run(with_server(agent()), env=provider.env)
    assert texts(execution)[1:] == ["Let me see.\n\nIt is done", "Yes."]
    assert execution.status.tool_calls[0].result == "5"


async def test_a_word_that_a_call_tears_is_whole_again(stage: Stage) -> None:
    with fake("openai", [Say("It wo"), Call("add", ADD), Say("rks")], "Yes.") as provider:
        execution = await stage.run(with_server(agent()), env=provider.env)
    assert texts(execution)[1] == "It works"
    (said,) = [each for each in provider.requests[1].body["messages"] if each["role"] == "assistant"]
    assert said["content"] == "It works"
