"""What models are asked, and the HTTP requests behind it: recorded, in part, without secrets."""

from __future__ import annotations

import gzip
import json
from typing import Any

from stigmer_api.agentexecution_pb2 import AgentExecution
from stigmer_api.devloop_pb2 import HttpExchange, ModelRequest, Note
from stigmerd.exchanges.excerpt import MOST_BYTES
from tests.stigmerd.agents.http_servers import Handler, busy_at_first, chat, refuse, serving
from tests.stigmerd.agents.stage import Stage, agent, scripted, texts, with_server

KEY = "my-own-key-abcdefghijkl"
SECRET = "hunter2-correct-horse"


async def requests(stage: Stage, execution: AgentExecution) -> list[Note]:
    found: list[Note] = []
    async for sight in stage.executions.subscriptions.watch_closely(execution.metadata.id, 0, 0):
        found += sight.requests
    return found


def asked(notes: list[Note]) -> list[ModelRequest]:
    return [note.asked for note in notes if note.HasField("asked")]


def http(notes: list[Note]) -> list[HttpExchange]:
    return [note.http for note in notes if note.HasField("http")]


def of_model(url: str) -> dict[str, str]:
    return {"STIGMER_LLM_BASE_URL": f"{url}/v1", "STIGMER_LLM_MODEL": "tiny"}


async def test_each_request_has_what_is_new(stage: Stage) -> None:
    with serving(chat) as (url, seen):
        execution = await stage.run(with_server(agent()), env=of_model(url))
    notes = await requests(stage, execution)
    assert [note.WhichOneof("about") for note in notes] == ["asked", "http"] * 2
    first, second = asked(notes)
    assert (first.message, first.model, first.address) == (1, "tiny", f"{url}/v1")
    assert first.instructions.text == "You can add."
    assert [(each.role, each.content.text) for each in first.messages] == [("user", "hello")]
    assert (first.earlier, second.earlier) == (0, 1)
    assert not second.HasField("instructions")
    assert [(each.role, each.name) for each in second.messages] == [
        ("assistant", ""),
        ("tool_call", "add"),
        ("tool_result", "add"),
    ]
    assert json.loads(second.messages[1].content.text) == {"a": 2, "b": 3}
    assert second.messages[1].call == second.messages[2].call == "call_1"
    offered = [tool["function"]["name"] for tool in seen[0]["body"]["tools"]]
    assert [tool.name for tool in first.tools] == offered
    assert first.tools_offered == second.tools_offered == len(offered)
    assert not second.tools
    schema = json.loads(first.tools[offered.index("add")].schema.text)
    assert set(schema["properties"]) == {"a", "b"}


async def test_the_raw_request_and_answer(stage: Stage) -> None:
    with serving(chat) as (url, seen):
        execution = await stage.run(agent(), env=of_model(url), secrets={"STIGMER_LLM_API_KEY": KEY})
    (found,) = http(await requests(stage, execution))
    assert (found.source, found.message, found.attempt, found.status) == ("model", 1, 1, 200)
    assert (found.method, found.url) == ("POST", f"{url}/v1/chat/completions")
    assert json.loads(found.request_body.text) == seen[0]["body"]
    assert seen[0]["headers"]["authorization"] == f"Bearer {KEY}"  # it was sent
    sent = {header.name: header.value for header in found.request_headers}
    assert sent["authorization"] == "Bearer ***"
    assert found.response_body.text.endswith("data: [DONE]\n\n")
    assert found.phases.HasField("connect") and found.phases.HasField("first_byte")


async def test_no_secret_is_recorded(stage: Stage) -> None:
    def echo(handler: Handler, body: dict[str, Any]) -> None:
        handler.send("application/json", json.dumps({"error": {"message": f"{SECRET} {KEY}"}}), status=400)

    with serving(echo) as (url, seen):
        execution = await stage.run(
            scripted_instructions(),
            f"the word is {SECRET}",
            env=of_model(url),
            secrets={"STIGMER_LLM_API_KEY": KEY, "WORD": SECRET},
        )
    assert SECRET in json.dumps(seen[0]["body"])  # it was sent
    notes = await requests(stage, execution)
    assert asked(notes)[0].messages[0].content.text == "the word is ***"
    assert asked(notes)[0].instructions.text == "Never say ***."
    assert http(notes)[0].status == 400
    assert not [word for word in (SECRET, KEY) for note in notes if word in str(note)]


def scripted_instructions() -> Any:
    made = agent()
    made.spec.instructions = f"Never say {SECRET}."
    return made


async def test_a_long_message_is_cut(stage: Stage) -> None:
    with serving(chat) as (url, _):
        execution = await stage.run(agent(), "m" * (1 << 20), env=of_model(url))
    notes = await requests(stage, execution)
    content = asked(notes)[0].messages[0].content
    assert (len(content.text), content.bytes) == (MOST_BYTES, 1 << 20)
    assert content.left_out == (1 << 20) - MOST_BYTES
    body = http(notes)[0].request_body
    assert body.bytes > 1 << 20
    assert len(body.text) == MOST_BYTES


async def test_attempts_refusals_and_a_compressed_answer(stage: Stage) -> None:
    with serving(busy_at_first(iter([429]))) as (url, _):
        execution = await stage.run(agent(), env=of_model(url))
    assert [(each.attempt, each.status) for each in http(await requests(stage, execution))] == [
        (1, 429),
        (2, 200),
    ]
    with serving(refuse) as (url, _):
        execution = await stage.run(agent(), env=of_model(url), secrets={"STIGMER_LLM_API_KEY": KEY})
    (found,) = http(await requests(stage, execution))
    assert (found.status, json.loads(found.response_body.text)["error"]["code"]) == (401, "invalid_api_key")

    def compressed(handler: Handler, body: dict[str, Any]) -> None:
        data = gzip.compress(b'{"error": {"message": "compressed"}}')
        handler.send_response(400)
        handler.send_header("Content-Encoding", "gzip")
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data)

    with serving(compressed) as (url, _):
        execution = await stage.run(agent(), env=of_model(url))
    (found,) = http(await requests(stage, execution))
    assert "compressed" in found.response_body.text


async def test_a_model_that_cannot_be_reached(stage: Stage) -> None:
    execution = await stage.run(agent(), env=of_model("http://127.0.0.1:9"))
    found = http(await requests(stage, execution))
    assert {each.status for each in found} == {0}
    assert "connect" in found[0].error.lower()


async def test_a_script_is_asked_like_a_model_and_so_is_a_sub_agent(stage: Stage) -> None:
    main = scripted(
        "turns:\n- call: {tool: checker, args: {message: look at it}}\n- say: done\n"
        "agents:\n  checker:\n  - say: fine\n"
    )
    helper = main.spec.sub_agents.add(name="checker")
    helper.instructions = "You check."
    execution = await stage.run(main)
    assert texts(execution)[-1] == "done"
    notes = await requests(stage, execution)
    assert not http(notes)
    of_main, of_helper, again = asked(notes)
    assert (of_main.call, of_main.address, of_main.instructions.text) == ("", "", "You are a helper.")
    assert of_helper.call == execution.status.sub_agent_executions[0].id
    assert (of_helper.instructions.text, of_helper.messages[0].content.text) == ("You check.", "look at it")
    assert again.messages[-1].content.text == "fine"


async def test_watchers_who_do_not_want_them_get_none(stage: Stage) -> None:
    execution = await stage.run(scripted("- say: hi"))
    async for sight in stage.executions.subscriptions.watch_closely(execution.metadata.id, 0):
        assert not sight.requests
        assert "asked" not in {note.WhichOneof("about") for note in sight.notes}
