"""What an execution says while its agent works."""

from __future__ import annotations

from stigmer_api.agentexecution_pb2 import ExecutionPhase, MessageType, ToolCallStatus

from .conftest import Stage, scripted, with_server


async def test_a_greeting(stage: Stage) -> None:
    execution = await stage.run(scripted("- say: 'Hello {{ message }}'"), "Ada")
    status = execution.status
    assert status.phase == ExecutionPhase.EXECUTION_COMPLETED, status.error
    assert [(m.type, m.content) for m in status.messages] == [
        (MessageType.MESSAGE_HUMAN, "Ada"),
        (MessageType.MESSAGE_AI, "Hello Ada"),
    ]
    assert status.started_at <= status.messages[1].timestamp <= status.completed_at


async def test_tools_of_an_mcp_server(stage: Stage) -> None:
    agent = with_server(
        scripted("- say: Let me see.\n  call: {tool: add, args: {a: 2, b: 3}}\n- say: 'It is {{ result }}'")
    )
    status = (await stage.run(agent)).status
    assert status.phase == ExecutionPhase.EXECUTION_COMPLETED, status.error
    assert [m.content for m in status.messages] == ["hello", "Let me see.", "It is 5"]
    (call,) = status.tool_calls
    assert (call.name, dict(call.args), call.result) == ("add", {"a": 2, "b": 3}, "5")
    assert call.status == ToolCallStatus.TOOL_CALL_COMPLETED
    assert status.started_at <= call.started_at <= call.completed_at
    assert [c.id for c in status.messages[1].tool_calls] == [call.id]
