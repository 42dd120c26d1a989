"""An agent that goes on and on is stopped, keeps what it has, and says how to allow more."""

from __future__ import annotations

import json

import pytest
from pydantic_ai.messages import ModelResponse
from pydantic_ai.usage import RequestUsage

from stigmer_api.agent_limits import LIMITS_ANNOTATION, encoded
from stigmer_api.agent_pb2 import Agent
from stigmer_api.agentexecution_pb2 import AgentExecution, ExecutionPhase, ToolCallStatus
from stigmerd.agents.limits.before import used_before
from stigmerd.agents.limits.meter import LimitReached, Meter
from stigmerd.agents.turns import cost_of
from stigmerd.executions.records import Began, MessageSet
from tests.stigmerd.agents.notes import told
from tests.stigmerd.agents.stage import Stage, scripted, with_server

ADD = "{tool: add, args: {a: 2, b: 3}}"
CIRCLES = "".join(f"- say: turn {number}\n  call: {ADD}\n" for number in range(1, 8)) + "- say: done"


def limited(agent: Agent, **limits: float) -> Agent:
    agent.metadata.annotations["devloop.stigmer.ai/options"] = json.dumps({"limits": limits})
    return agent


def error(execution: AgentExecution) -> str:
    assert execution.status.phase == ExecutionPhase.EXECUTION_FAILED
    return execution.status.error


async def test_steps_that_the_agent_declares(stage: Stage) -> None:
    execution = await stage.run(limited(with_server(scripted(CIRCLES, name="host")), steps=2))
    assert error(execution) == (
        "stopped after 2 model turns (limits.steps of agent host): raise it there, "
        "or for one run with --max-steps [E0831]"
    )
    status = execution.status
    assert [each.content for each in status.messages] == ["hello", "turn 1", "turn 2"]
    assert [each.result for each in status.tool_calls] == ["5", "5"]
    assert status.messages[-1].metadata["usage"]["requests"] == 2


async def test_the_last_turn_that_is_allowed_may_answer(stage: Stage) -> None:
    execution = await stage.run(limited(scripted("- say: done"), steps=1))
    assert execution.status.phase == ExecutionPhase.EXECUTION_COMPLETED


async def test_tokens_are_counted_with_the_turn_that_took_too_many(stage: Stage) -> None:
    execution = await stage.run(limited(with_server(scripted(CIRCLES, name="host")), tokens=10))
    assert error(execution).startswith("stopped after ")
    assert "tokens, more than 10 (limits.tokens of agent host)" in error(execution)
    (said,) = execution.status.messages[1:]
    assert said.content == "turn 1"
    assert said.metadata["usage"]["total_tokens"] > 10
    (call,) = execution.status.tool_calls
    assert call.status == ToolCallStatus.TOOL_CALL_FAILED
    assert call.error == "the agent was stopped at a limit before this call was over"


async def test_tool_calls(stage: Stage) -> None:
    script = f"- call: {ADD}\n- call: [{ADD}, {ADD}]\n- say: done"
    execution = await stage.run(limited(with_server(scripted(script, name="host")), tool_calls=2))
    assert error(execution).startswith(
        "stopped before 1 tool call more than 2 (limits.tool_calls of agent host): raise it there"
    )
    assert [bool(call.result) for call in execution.status.tool_calls] == [True, False, False]


async def test_time(stage: Stage) -> None:
    execution = await stage.run(limited(scripted("- say: a b\n  chunk: 60", name="host"), seconds=0.3))
    assert error(execution) == "stopped after 0.3 s (limits.seconds of agent host): raise it there [E0831]"
    assert [each.content for each in execution.status.messages] == ["hello", "a "]


async def test_a_variable_says_it_where_the_agent_does_not(stage: Stage) -> None:
    variables = {"STIGMER_AGENT_MAX_STEPS": "2", "STIGMER_AGENT_MAX_TOKENS": "1000000"}
    execution = await stage.run(with_server(scripted(CIRCLES)), env=variables)
    assert error(execution) == (
        "stopped after 2 model turns (STIGMER_AGENT_MAX_STEPS): raise it, "
        "or for one run with --max-steps [E0831]"
    )
    declared = await stage.run(limited(scripted("- say: a"), steps=1), env={"STIGMER_AGENT_MAX_STEPS": "9"})
    assert declared.status.phase == ExecutionPhase.EXECUTION_COMPLETED


async def test_a_flag_wins_over_the_agent(stage: Stage) -> None:
    name = LIMITS_ANNOTATION.partition("/")[2]
    for_all = encoded({"": {"steps": 3}, "other": {"steps": 1}})
    agent = limited(with_server(scripted(CIRCLES, name="host")), steps=1)
    execution = await stage.run(agent, annotations={name: for_all})
    assert error(execution) == "stopped after 3 model turns (--max-steps): allow more [E0831]"
    for_this = encoded({"": {"steps": 3}, "host": {"steps": 2}})
    execution = await stage.run(agent, annotations={name: for_this})
    assert error(execution).startswith("stopped after 2 model turns")


async def test_the_default_is_named(stage: Stage) -> None:
    script = "".join(f"- call: {ADD}\n" for _ in range(60))
    execution = await stage.run(with_server(scripted(script, name="host")))
    assert error(execution) == (
        "stopped after 50 model turns (the default): raise limits.steps of agent host, "
        "or for one run with --max-steps [E0831]"
    )


def with_helper(script: str, whole: dict[str, float], own: dict[str, float]) -> Agent:
    agent = with_server(scripted(script, name="host"))
    helper = agent.spec.sub_agents.add(name="adder", instructions="You add.")
    helper.mcp_servers.append("tools")
    options = {"limits": whole, "sub_agents": {"adder": {"limits": own}}}
    agent.metadata.annotations["devloop.stigmer.ai/options"] = json.dumps(options)
    return agent


CALLS_A_HELPER = f"""
turns:
  - call: {{tool: adder, args: {{message: go}}}}
  - say: "it said: {{{{ result }}}}"
agents:
  adder: [{{say: one, call: {ADD}}}, {{say: two, call: {ADD}}}, {{say: three}}]
"""


async def test_a_helper_that_reaches_its_own_limit_fails_and_its_agent_goes_on(stage: Stage) -> None:
    execution = await stage.run(with_helper(CALLS_A_HELPER, {}, {"steps": 2}))
    assert execution.status.phase == ExecutionPhase.EXECUTION_COMPLETED, execution.status.error
    said = execution.status.messages[-1].content
    assert said.startswith(
        "it said: adder failed: stopped after 2 model turns (limits.steps of sub-agent adder)"
    )
    assert said.endswith("[E0831]\nIt had said: two")
    assert execution.status.messages[-1].metadata["usage"]["requests"] == 4


async def test_a_helper_that_takes_too_long_fails_and_its_agent_goes_on(stage: Stage) -> None:
    script = """
turns: [{call: {tool: adder, args: {message: go}}}, {say: "it said: {{ result }}"}]
agents: {adder: [{say: one two, chunk: 60}]}
"""
    execution = await stage.run(with_helper(script, {}, {"seconds": 0.2}))
    assert execution.status.phase == ExecutionPhase.EXECUTION_COMPLETED, execution.status.error
    said = execution.status.messages[-1].content
    assert said.startswith("it said: adder failed: stopped after 0.2 s (limits.seconds of sub-agent adder)")
    assert said.endswith("It had said: one ")


async def test_what_a_helper_uses_its_agent_uses(stage: Stage) -> None:
    execution = await stage.run(with_helper(CALLS_A_HELPER, {"steps": 3}, {}))
    assert error(execution).startswith("stopped after 3 model turns (limits.steps of agent host)")
    (helper,) = execution.status.sub_agent_executions
    assert "limits.steps of agent host" in helper.error


async def test_what_was_used_before_a_crash_counts(stage: Stage) -> None:
    agent = limited(with_server(scripted(CIRCLES, name="host")), steps=2)
    first = stage.add(agent)
    await stage.host.run(first)
    saved = stage.executions.journal(first).get("agent/messages")
    execution_id = stage.add(agent)
    stage.executions.journal(execution_id).put("agent/messages", saved)
    for record in stage.executions.said[first]:
        if isinstance(record, Began | MessageSet):
            stage.executions.record(execution_id, record)
    await stage.host.run(execution_id)
    execution = stage.get(execution_id)
    assert error(execution).startswith("stopped after 2 model turns (limits.steps of agent host)")
    assert [each.content for each in execution.status.messages] == ["hello", "turn 1", "turn 2"]


def test_the_newest_count_is_taken_also_that_of_a_helper() -> None:
    def said(requests: int, sub_agent: str = "") -> MessageSet:
        usage = {
            "input_tokens": 1,
            "requests": requests,
            "total_tokens": requests * 10,
            "cost_usd": 0.5,
            "tool_calls": 7,
            "seconds": requests * 1.5,
        }
        return MessageSet(
            index=1,
            role="AI",
            content="",
            complete=True,
            at="",
            metadata={"usage": usage},
            sub_agent=sub_agent,
        )

    human = MessageSet(index=0, role="HUMAN", content="hello", complete=True, at="", metadata={})
    before = used_before([human, said(1), said(3, "call-1"), said(2, "call-1")])
    assert before == {"steps": 3, "tokens": 30, "cost": 0.5, "tool_calls": 7, "seconds": 4.5}
    assert used_before([human]) == {}


async def test_time_that_somebody_else_takes_does_not_count() -> None:
    limits = {"seconds": {"most": 60, "by": "declared"}}
    above = Meter(whose="agent host", limits=limits)
    meter = Meter(whose="sub-agent x", limits=limits, above=above)
    async with above.timed(), meter.timed():
        assert above._timer is not None
        with meter.paused():
            assert above._timer.when() is None
            with above.paused():
                pass
            assert above._timer.when() is None
        assert above._timer.when() is not None


def priced(output_tokens: int) -> ModelResponse:
    return ModelResponse(
        parts=[],
        usage=RequestUsage(input_tokens=1000, output_tokens=output_tokens),
        model_name="gpt-4o",
        provider_url="https://api.openai.com/v1/",
    )


def test_cost_counts_by_the_list_of_prices_and_a_model_without_a_price_is_told_once() -> None:
    told: list[str] = []
    meter = Meter(whose="agent host", limits={"cost": {"most": 0.1, "by": "declared"}}, warn=told.append)
    meter.add(priced(10), cost_of(priced(10)))
    meter.check()
    assert 0 < meter.used.cost < 0.1
    unknown = ModelResponse(parts=[], model_name="my-model")
    meter.add(unknown, cost_of(unknown))
    meter.add(unknown, cost_of(unknown))
    meter.check()
    assert told == [
        "no price is known for the model my-model: the limit of cost does not count what it costs"
    ]
    meter.add(priced(100_000), cost_of(priced(100_000)))
    with pytest.raises(
        LimitReached, match=r"stopped after \$1\.\d+, more than \$0\.1 \(limits\.cost of agent host"
    ):
        meter.check()


async def test_a_cost_that_nobody_can_count_is_told_once(stage: Stage) -> None:
    script = f"- call: {ADD}\n- say: done"
    execution = await stage.run(limited(with_server(scripted(script)), cost=1))
    assert execution.status.phase == ExecutionPhase.EXECUTION_COMPLETED, execution.status.error
    notes, _ = await told(stage, execution)
    (warned,) = [note.warned.text for note in notes if note.HasField("warned")]
    assert warned.startswith("no price is known for the model ")


@pytest.mark.parametrize(
    ("limits", "text"),
    [
        ({"steps": "many"}, "limits.steps must be a whole number above zero, not 'many'"),
        ({"steps": 1.5}, "limits.steps must be a whole number above zero, not 1.5"),
        ({"cost": 0}, "limits.cost must be a number above zero, not 0"),
        ({"stepps": 1}, 'limits has no "stepps": there are steps, tokens, cost, seconds, tool_calls'),
    ],
)
async def test_a_manifest_with_a_wrong_limit(stage: Stage, limits: dict[str, object], text: str) -> None:
    execution = await stage.run(limited(scripted("- say: a"), **limits))  # type: ignore[arg-type]
    assert error(execution) == f"{text} [E1285]"


async def test_a_wrong_variable(stage: Stage) -> None:
    wrong = await stage.run(scripted("- say: a"), env={"STIGMER_AGENT_MAX_STEPS": "many"})
    assert error(wrong) == "STIGMER_AGENT_MAX_STEPS must be a whole number above zero, not 'many' [E0830]"


async def test_a_session_remembers_a_turn_that_was_stopped(stage: Stage) -> None:
    stopped = limited(with_server(scripted(f"- say: Let me see.\n  call: {ADD}\n- say: done")), steps=1)
    assert error(await stage.run(stopped, "first", session="limited")).startswith(
        "stopped after 1 model turn"
    )
    execution = await stage.run(scripted("- say: '{{ previous }}, {{ count }}'"), "next", session="limited")
    assert execution.status.messages[-1].content == "first, 2"
