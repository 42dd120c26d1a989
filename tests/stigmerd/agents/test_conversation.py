"""What an execution says while its agent works."""

from __future__ import annotations

from stigmer_api.agent_pb2 import Agent
from stigmer_api.agentexecution_pb2 import (
    AgentExecution,
    ExecutionPhase,
    MessageType,
    SubAgentStatus,
    TodoStatus,
    ToolCallStatus,
)
from stigmerd.executions.records import MessageSet, SubAgentSet, ToolCallSet
from tests.stigmerd.agents.stage import Stage, scripted, with_server

ADD = "{tool: add, args: {a: 2, b: 3}}"


def answer(execution: AgentExecution) -> str:
    assert execution.status.phase == ExecutionPhase.EXECUTION_COMPLETED, execution.status.error
    return execution.status.messages[-1].content


def error(execution: AgentExecution) -> str:
    assert execution.status.phase == ExecutionPhase.EXECUTION_FAILED
    return execution.status.error


async def test_a_greeting(stage: Stage) -> None:
    execution = await stage.run(scripted("- say: 'Hello {{ message }}'"), "Ada")
    status = execution.status
    assert status.phase == ExecutionPhase.EXECUTION_COMPLETED, status.error
    assert [(m.type, m.content) for m in status.messages] == [
        (MessageType.MESSAGE_HUMAN, "Ada"),
        (MessageType.MESSAGE_AI, "Hello Ada"),
    ]
    assert status.started_at <= status.messages[1].timestamp <= status.completed_at
    usage = status.messages[1].metadata["usage"]
    assert usage["requests"] == 1
    assert usage["input_tokens"] > 0
    assert usage["output_tokens"] > 0


async def test_tools_of_an_mcp_server(stage: Stage) -> None:
    agent = with_server(scripted(f"- say: Let me see.\n  call: {ADD}\n- say: 'It is {{{{ result }}}}'"))
    status = (await stage.run(agent)).status
    assert status.phase == ExecutionPhase.EXECUTION_COMPLETED, status.error
    assert [m.content for m in status.messages] == ["hello", "Let me see.", "It is 5"]
    (call,) = status.tool_calls
    assert (call.name, dict(call.args), call.result) == ("add", {"a": 2, "b": 3}, "5")
    assert call.status == ToolCallStatus.TOOL_CALL_COMPLETED
    assert status.started_at <= call.started_at <= call.completed_at
    assert [c.id for c in status.messages[1].tool_calls] == [call.id]


async def test_text_grows_and_a_call_goes_from_pending_to_running_to_completed(stage: Stage) -> None:
    script = f"- say: one two three\n  chunk: 0.12\n  call: {ADD}\n- say: done"
    execution_id = stage.add(with_server(scripted(script)))
    await stage.host.run(execution_id)
    said = stage.executions.said[execution_id]
    first = [r for r in said if isinstance(r, MessageSet) and r.index == 1]
    assert [r.content for r in first if not r.complete] == ["one ", "one two ", "one two three"]
    assert (first[-1].content, first[-1].complete) == ("one two three", True)
    calls = [r for r in said if isinstance(r, ToolCallSet)]
    assert [r.status for r in calls] == ["PENDING", "RUNNING", "COMPLETED"]
    assert [r.message for r in calls] == [1, 1, 1]


async def test_a_call_without_any_text_has_a_message_to_belong_to(stage: Stage) -> None:
    status = (await stage.run(with_server(scripted(f"- call: {ADD}\n- say: done")))).status
    assert [m.content for m in status.messages] == ["hello", "", "done"]
    assert len(status.messages[1].tool_calls) == 1


async def test_calls_that_fail_are_told_to_the_model_which_goes_on(stage: Stage) -> None:
    script = """
- call: [{tool: fail, args: {reason: no luck}}, {tool: add, args: {a: 1}}, {tool: nonsense}]
- say: "{{ results.fail }} | {{ results.nonsense | first_line }}"
"""
    execution = await stage.run(with_server(scripted(script)))
    assert answer(execution).startswith("no luck | Unknown tool name: 'nonsense'")
    statuses = {call.name: call for call in execution.status.tool_calls}
    assert {call.status for call in statuses.values()} == {ToolCallStatus.TOOL_CALL_FAILED}
    assert statuses["fail"].error == "no luck"


async def test_a_server_that_dies_in_a_call_is_a_failed_call(stage: Stage) -> None:
    execution = await stage.run(with_server(scripted("- call: die\n- say: 'Oh. {{ result }}'")))
    assert 'the MCP server "tools" gave no answer' in answer(execution)
    assert "about to die" in execution.status.tool_calls[0].error
    again = await stage.run(with_server(scripted(f"- call: {ADD}\n- say: '{{{{ result }}}}'")))
    assert answer(again) == "5"


async def test_a_server_that_does_not_start_says_why(stage: Stage) -> None:
    refused = await stage.run(with_server(scripted("- say: x"), "github", "--refuse"))
    assert 'the MCP server "github" did not start' in error(refused)
    assert "no token, no service" in error(refused)
    agent = scripted("- say: x")
    agent.spec.mcp_servers.add(name="gone").stdio.command = "no-such-command"
    assert "no command `no-such-command`" in error(await stage.run(agent))


async def test_only_enabled_tools_are_offered(stage: Stage) -> None:
    script = "- say: '{{ tools | join }}'"
    assert answer(await stage.run(with_server(scripted(script), enabled=["env", "add"]))) == "add, env"
    wrong = await stage.run(with_server(scripted(script), enabled=["ad"]))
    assert 'the MCP server "tools" has no tool ad (enabled_tools); it has add, echo' in error(wrong)


async def test_tools_of_the_same_name_get_the_name_of_their_server(stage: Stage) -> None:
    agent = scripted("- call: {tool: two_echo, args: {text: hi}}\n- say: '{{ tools | join }}: {{ result }}'")
    with_server(agent, "one", enabled=["add", "echo"])
    with_server(agent, "two", enabled=["echo"])
    assert answer(await stage.run(agent)) == "add, one_echo, two_echo: hi"


def with_helper(script: str) -> Agent:
    agent = with_server(scripted(script))
    agent.spec.sub_agents.add(
        name="code helper", description="Helps.", instructions="Be a good helper.", mcp_servers=["tools"]
    )
    agent.spec.sub_agents[0].mcp_tool_selections["tools"].enabled_tools.append("add")
    return agent


async def test_sub_agents_are_tools_with_servers_of_their_own(stage: Stage) -> None:
    script = f"""
turns:
- call: {{tool: code_helper, args: {{message: please add}}}}
- say: 'Helper: {{{{ result }}}}'
agents:
  code helper:
  - call: {ADD}
  - say: '{{{{ message }}}} {{{{ tools | join }}}} {{{{ result }}}} {{{{ instructions }}}}'
"""
    execution_id = stage.add(with_helper(script))
    await stage.host.run(execution_id)
    execution = stage.get(execution_id)
    assert answer(execution) == "Helper: please add add 5 Be a good helper."
    (sub,) = execution.status.sub_agent_executions
    assert (sub.name, sub.input) == ("code helper", "please add")
    assert (sub.status, sub.output) == (
        SubAgentStatus.SUB_AGENT_COMPLETED,
        "please add add 5 Be a good helper.",
    )
    said = stage.executions.said[execution_id]
    assert [r.status for r in said if isinstance(r, SubAgentSet)] == ["IN_PROGRESS", "COMPLETED"]
    assert [(each["role"], each["content"], len(each["calls"])) for each in sub.metadata["messages"]] == [
        ("HUMAN", "please add", 0),
        ("AI", "", 1),
        ("AI", "please add add 5 Be a good helper.", 0),
    ]
    assert sub.metadata["messages"][1]["calls"][0] == execution.status.tool_calls[1].id
    assert sub.metadata["tool_call_id"] == sub.id
    assert [call.name for call in execution.status.tool_calls] == ["code helper", "add"]
    assert execution.status.messages[-1].metadata["usage"]["requests"] == 4


async def test_a_sub_agent_that_fails_is_a_failed_call(stage: Stage) -> None:
    script = """
turns:
- call: {tool: code_helper, args: {message: go}}
- say: 'Sorry: {{ result }}'
agents: {code helper: [{fail: out of order}]}
"""
    execution = await stage.run(with_helper(script))
    assert answer(execution) == "Sorry: code helper failed: out of order"
    assert execution.status.sub_agent_executions[0].status == SubAgentStatus.SUB_AGENT_FAILED
    assert execution.status.sub_agent_executions[0].error == "out of order"


async def test_a_sub_agent_cannot_have_a_server_that_the_agent_has_not(stage: Stage) -> None:
    agent = with_helper("- say: x")
    agent.spec.sub_agents[0].mcp_servers.append("jira")
    assert 'the sub-agent "code helper" wants the MCP server jira; the agent has tools' in error(
        await stage.run(agent)
    )


async def test_todos(stage: Stage) -> None:
    script = """
- call: {tool: write_todos, args: {todos: [{id: a, content: think, status: in_progress}]}}
- call: {tool: write_todos, args: {todos: [{id: a, content: think, status: completed}]}}
- say: done
"""
    agent = scripted(script)
    agent.metadata.annotations["devloop.stigmer.ai/tools"] = "todos"
    execution = await stage.run(agent)
    assert answer(execution) == "done"
    todo = execution.status.todos["a"]
    assert (todo.content, todo.status) == ("think", TodoStatus.TODO_COMPLETED)


async def test_a_model_that_breaks_down_fails_the_execution_and_its_words_stay(stage: Stage) -> None:
    execution = await stage.run(scripted("- say: I was about to\n  fail: the model is on fire"))
    assert error(execution) == "the model is on fire"
    assert execution.status.messages[-1].content == "I was about to"


async def test_a_broken_script_is_named_with_its_line(stage: Stage) -> None:
    execution = await stage.run(scripted("- say: a\n- sai: b"))
    assert error(execution).startswith('the script is broken, line 2: unknown key "sai"')


async def test_a_session_remembers_the_conversation(stage: Stage) -> None:
    script = """
- when: my name
  remember: {name: "{{ message | match('is (.*)') }}"}
  say: Hello
- say: "{{ memory.name | default('nobody') }}; {{ previous }}; {{ count }}"
"""
    await stage.run(scripted(script), "my name is Ada", session="s1")
    failed = await stage.run(scripted("- fail: no"), "something else", session="s1")
    assert error(failed) == "no"
    assert answer(await stage.run(scripted(script), "who?", session="s1")) == "Ada; something else; 3"
    assert answer(await stage.run(scripted(script), "who?", session="s2")) == "nobody; ; 1"


async def test_placeholders_that_nobody_set_are_named(stage: Stage) -> None:
    agent = with_server(scripted("- call: {tool: env, args: {name: TOKEN}}\n- say: '{{ result }}'"))
    agent.spec.mcp_servers[0].stdio.env_placeholders["TOKEN"] = "is-${MY_TOKEN}"
    assert 'the MCP server "tools" needs ${MY_TOKEN}' in error(await stage.run(agent))
    assert answer(await stage.run(agent, env={"MY_TOKEN": "here"})) == "is-here"


async def test_a_missing_model_lists_the_ways(stage: Stage) -> None:
    agent = scripted("- say: x")
    del agent.metadata.annotations["devloop.stigmer.ai/script"]
    agent.spec.mcp_servers.clear()
    execution = await stage.run(agent, env={"STIGMER_LLM_PROVIDER": "mystery"})
    assert "no provider 'mystery': there are anthropic, openai, " in error(execution)
