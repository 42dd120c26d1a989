"""Answers of a declared form: asked for, checked, asked for again, recorded as JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest
from google.protobuf.json_format import MessageToDict

from stigmer_api.agent_pb2 import Agent
from stigmer_api.agentexecution_pb2 import AgentExecution, ExecutionPhase
from stigmerd.agents.outputs.declared import DeclaredOutput
from stigmerd.agents.outputs.references import inlined
from stigmerd.engine.calls.children import agent_result
from tests.stigmerd.agents.notes import told
from tests.stigmerd.agents.stage import Stage, scripted, texts, with_server
from tests.stigmerd.agents.stage import agent as helper
from tests.support.providers.answers import Answer, Call, Say
from tests.support.providers.server import fake

INVOICE = {
    "title": "Invoice",
    "type": "object",
    "properties": {
        "customer": {"type": "string"},
        "total": {"type": "integer"},
        "items": {"type": "array", "items": {"$ref": "#/$defs/Item"}},
    },
    "required": ["customer", "total"],
    "$defs": {
        "Item": {
            "type": "object",
            "properties": {"price": {"type": "number"}},
            "required": ["price"],
        }
    },
}
ADA = '{"customer": "Ada", "total": 12345678901234567890, "items": [{"price": 1.5}]}'
MODES = ["auto", "tool", "native", "prompted"]


def formed(agent: Agent, schema: dict[str, Any], **more: object) -> Agent:
    agent.metadata.annotations["devloop.stigmer.ai/options"] = json.dumps(
        {"output": {"schema": schema, **more}}
    )
    return agent


def error(execution: AgentExecution) -> str:
    assert execution.status.phase == ExecutionPhase.EXECUTION_FAILED
    return execution.status.error


def output(execution: AgentExecution) -> Any:
    said = execution.status.messages[-1]
    assert MessageToDict(said.metadata)["output"] is not None
    return json.loads(texts(execution)[-1])


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    "script",
    [
        f"- say: '{ADA}'",
        f"- say: |\n    ```json\n    {ADA}\n    ```",
        f"- call: {{tool: final_result, args: {ADA}}}",
    ],
)
async def test_the_last_message_is_the_answer_as_json(stage: Stage, mode: str, script: str) -> None:
    execution = await stage.run(formed(scripted(script), INVOICE, name="Invoice", mode=mode))
    assert texts(execution) == ["hello", json.dumps(json.loads(ADA), indent=2)]
    assert output(execution)["total"] == 12345678901234567890
    assert not execution.status.tool_calls
    result = agent_result("aex-1", execution)
    assert (result["customer"], result["items"], result["output"]["total"]) == (
        "Ada",
        [{"price": 1.5}],
        12345678901234567890,
    )


@pytest.mark.parametrize("mode", MODES)
async def test_what_does_not_fit_is_asked_for_again_with_the_reason(stage: Stage, mode: str) -> None:
    script = """
- say: '{"customer": "Ada", "items": [{"price": "much"}]}'
- say: '{"customer": "Ada", "total": 3}'
"""
    execution_id = stage.add(formed(scripted(script), INVOICE, name="Invoice", mode=mode))
    await stage.host.run(execution_id)
    execution = stage.get(execution_id)
    assert output(execution) == {"customer": "Ada", "total": 3}
    first = execution.status.messages[1]
    assert json.loads(first.content) == {"customer": "Ada", "items": [{"price": "much"}]}
    reason = "The answer does not fit Invoice: $: 'total' is a required property; "
    assert first.metadata["refused"] == f"{reason}$.items[0].price: 'much' is not of type 'number'"
    assert execution.status.messages[2].metadata["usage"]["requests"] == 2
    notes, _ = await told(stage, execution)
    (warned,) = [note.warned.text for note in notes if note.HasField("warned")]
    assert warned.startswith(reason)
    assert warned.endswith(" (retry 1 of 3)")


@pytest.mark.parametrize("mode", ["tool", "native"])
async def test_text_that_is_no_json_is_asked_for_again(stage: Stage, mode: str) -> None:
    script = f"- say: I have no idea.\n- say: '{ADA}'"
    execution = await stage.run(formed(scripted(script), INVOICE, mode=mode))
    assert texts(execution)[1] == "I have no idea."
    assert output(execution)["customer"] == "Ada"


@pytest.mark.parametrize("mode", ["tool", "native"])
async def test_a_model_that_never_fits_fails_with_the_reason(stage: Stage, mode: str) -> None:
    script = "".join('- say: \'{"customer": 1, "total": 1}\'\n' for _ in range(9))
    execution = await stage.run(formed(scripted(script), INVOICE, name="Invoice", mode=mode, retries=1))
    assert error(execution).startswith("the answer did not fit Invoice, asked 2 times: ")
    assert "$.customer: 1 is not of type 'string'" in error(execution)
    assert error(execution).endswith("[E1287]")
    assert [json.loads(said.content)["customer"] for said in execution.status.messages[1:]] == [1, 1]


COUNT = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}
KIDS = {"type": "array", "items": {"$ref": "#/$defs/Tree"}}
TREE = {"type": "object", "properties": {"kids": KIDS}, "required": ["kids"]}
SCHEMAS: list[tuple[dict[str, Any], object]] = [
    ({"type": "array", "items": {"type": "integer"}}, [1, 2]),
    ({"anyOf": [COUNT, {"type": "null"}]}, {"a": 1}),
    ({"enum": ["yes", "no"]}, "no"),
    ({"$ref": "#/$defs/Tree", "$defs": {"Tree": TREE}}, {"kids": [{"kids": []}]}),
]


@pytest.mark.parametrize("mode", ["tool", "native"])
@pytest.mark.parametrize(("schema", "value"), SCHEMAS)
async def test_what_is_no_object_and_what_contains_itself(
    stage: Stage, schema: dict[str, Any], value: object, mode: str
) -> None:
    execution = await stage.run(formed(scripted(f"- say: '{json.dumps(value)}'"), schema, mode=mode))
    assert output(execution) == value
    assert agent_result("aex-1", execution)["output"] == value


async def test_tools_are_called_before_the_answer_and_words_beside_it_stay(stage: Stage) -> None:
    script = f"""
- say: Adding.
  call: {{tool: add, args: {{a: 2, b: 3}}}}
- say: Here it is.
  call: {{tool: final_result, args: {ADA}}}
"""
    execution = await stage.run(formed(with_server(scripted(script)), INVOICE))
    assert texts(execution)[:3] == ["hello", "Adding.", "Here it is."]
    assert output(execution)["customer"] == "Ada"
    assert [call.name for call in execution.status.tool_calls] == ["add"]


async def test_a_session_goes_on_after_an_answer(stage: Stage) -> None:
    script = f"- say: '{ADA}'"
    agent = formed(scripted(script), INVOICE, mode="tool")
    for _ in range(2):
        execution = await stage.run(agent, session="forms")
        assert output(execution)["customer"] == "Ada"


async def test_an_answer_that_nobody_checked_before_a_crash_is_asked_for_again(stage: Stage) -> None:
    agent = formed(scripted(f"- say: '{ADA}'"), INVOICE)
    first = stage.add(agent)
    await stage.host.run(first)
    saved = dict(stage.executions.journal(first).get("agent/messages"))
    assert len(saved["messages"]) == 3
    for messages, index in ((saved["messages"][:2], 2), (saved["messages"], 2)):
        execution_id = stage.add(agent)
        stage.executions.journal(execution_id).put("agent/messages", {"messages": messages, "index": index})
        await stage.host.run(execution_id)
        execution = stage.get(execution_id)
        assert execution.status.phase == ExecutionPhase.EXECUTION_COMPLETED, execution.status.error
        assert len(execution.status.messages) == (2 if len(messages) == 2 else 1)


async def test_a_helper_answers_in_its_form(stage: Stage) -> None:
    script = f"""
turns:
  - call: {{tool: biller, args: {{message: go}}}}
  - say: '{{{{ result_json.customer }}}}'
agents:
  biller: [{{say: '{ADA}'}}]
"""
    agent = scripted(script)
    agent.spec.sub_agents.add(name="biller", instructions="You write invoices.")
    options = {"sub_agents": {"biller": {"output": {"schema": INVOICE}}}}
    agent.metadata.annotations["devloop.stigmer.ai/options"] = json.dumps(options)
    execution = await stage.run(agent)
    assert texts(execution)[-1] == "Ada"
    (asked,) = execution.status.sub_agent_executions
    assert json.loads(asked.output) == json.loads(ADA)


@pytest.mark.parametrize("wire", ["openai", "anthropic"])
async def test_a_provider_is_asked_by_a_tool(stage: Stage, wire: str) -> None:
    with fake(wire, [Call("final_result", json.loads(ADA))]) as provider:
        execution = await stage.run(formed(helper(), INVOICE), env=provider.env)
    assert output(execution)["customer"] == "Ada"
    assert "final_result" in json.dumps(provider.requests[0].body["tools"])


async def test_a_provider_is_asked_by_its_own_means(stage: Stage) -> None:
    with fake("openai", ADA) as provider:
        execution = await stage.run(formed(helper(), INVOICE, mode="native"), env=provider.env)
    assert output(execution)["customer"] == "Ada"
    assert provider.requests[0].body["response_format"]["type"] == "json_schema"


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ({"schema": {"type": "objekt"}}, "is no JSON Schema: $.type: 'objekt' is not valid"),
        ({"schema": {}, "mode": "loud"}, 'has no mode "loud": there are auto, tool, native, prompted'),
        ({"schema": {}, "retry": 1}, 'has no "retry": there are schema, name, mode, retries'),
        ({}, "must be an object with the JSON Schema of the answer"),
    ],
)
async def test_a_manifest_with_a_wrong_form(stage: Stage, said: dict[str, Any], text: str) -> None:
    agent = scripted("- say: x")
    agent.metadata.annotations["devloop.stigmer.ai/options"] = json.dumps({"output": said})
    assert f"output of the agent {text}" in error(await stage.run(agent))


def test_a_schema_without_its_references() -> None:
    assert inlined(
        {"type": "array", "items": {"$ref": "#/$defs/X", "title": "t"}, "$defs": {"X": {"type": "null"}}}
    ) == {
        "type": "array",
        "items": {"type": "null", "title": "t"},
    }
    assert inlined({"$ref": "#"}) is None
    doubled = {f"D{n}": {"anyOf": [{"$ref": f"#/$defs/D{n + 1}"}] * 2} for n in range(40)}
    assert inlined({"$ref": "#/$defs/D0", "$defs": doubled}) is None


def test_reasons_name_the_place_and_the_nearest_of_several_forms() -> None:
    moment = {"type": "string", "format": "date-time"}
    item = {"type": "object", "properties": {"at": moment}, "required": ["at"]}
    output = DeclaredOutput(
        schema={"type": "array", "items": {"anyOf": [item, {"type": "null"}]}}, name="Log"
    )
    assert output.reasons([{"at": "2026-11-27T22:00:00Z"}, None]) == []
    assert output.reasons([None, {"at": "tomorrow"}]) == ["$[1].at: 'tomorrow' is not a 'date-time'"]
    assert output.reasons([{}] * 9)[-1] == "…"
    due = DeclaredOutput(schema={"anyOf": [{"type": "null"}, {"type": "string", "format": "date"}]})
    assert due.reasons("soon") == ["$: 'soon' is not a 'date'"]


async def test_json_that_was_cut_off_is_no_answer(stage: Stage) -> None:
    with fake("openai", Answer([Say('{"customer": "Ada", "tot')], finish="length")) as provider:
        execution = await stage.run(formed(helper(), INVOICE, mode="native"), env=provider.env)
    assert "limit of" in error(execution)
    assert "E0822" in error(execution)
    assert execution.status.messages[-1].content == '{"customer": "Ada", "tot'
