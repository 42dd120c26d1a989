"""The agent process: many executions in one, each to be stopped alone; and what happens when it dies."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest

from stigmer_api.agent_pb2 import Agent
from stigmer_api.agentexecution_pb2 import AgentExecution, ExecutionPhase, ToolCallStatus
from stigmerd.agents.host import AgentHost
from stigmerd.agents.past import INTERRUPTED
from stigmerd.executions.records import Began, MessageSet, ToolCallSet
from stigmerd.store.journal import Missing
from tests.stigmerd.agents.stage import Stage, scripted, started, with_server
from tests.support.poll import until
from tests.support.processes import alive
from tests.support.watching import watched

FAILED = ExecutionPhase.EXECUTION_FAILED
COMPLETED = ExecutionPhase.EXECUTION_COMPLETED


def waiting(file: Path) -> Agent:
    """An agent that is in the middle of a call of a tool once the file is there."""
    script = (
        f"- call: {{tool: wait, args: {{seconds: 60, file: '{file}'}}}}\n- say: 'After: {{{{ result }}}}'"
    )
    return with_server(scripted(script), "tools", "--stubborn")


async def written(file: Path) -> int:
    """What the waiting tool wrote: the process that it is."""
    await until(lambda: file.exists() and file.read_text().endswith("\n"))
    return int(file.read_text().split()[0])


async def gone(pid: int) -> None:
    await until(lambda: not alive(pid))


async def test_many_executions_at_once(stage: Stage) -> None:
    agent = scripted("- say: '{{ message }}'\n  delay: 2")
    ids = [stage.add(agent, f"number {number}") for number in range(30)]
    together = asyncio.gather(*(stage.host.run(execution_id) for execution_id in ids))
    async with asyncio.timeout(30):  # one after the other they would take 60 s
        await together
    assert [stage.get(i).status.messages[1].content for i in ids] == [f"number {n}" for n in range(30)]


async def test_a_cancel_stops_one_execution_with_its_servers(stage: Stage, tmp_path: Path) -> None:
    other = asyncio.create_task(stage.run(scripted("- say: fine\n  delay: 1.5")))
    execution_id = stage.add(waiting(tmp_path / "waits"))
    task = asyncio.create_task(stage.host.run(execution_id))
    server = await written(tmp_path / "waits")
    task.cancel()
    async with asyncio.timeout(10):  # left alone, it would take 60 s
        with pytest.raises(asyncio.CancelledError):
            await task
        await gone(server)
    status = stage.get(execution_id).status
    # Whoever cancels says how it ended.
    assert status.phase == ExecutionPhase.EXECUTION_IN_PROGRESS
    assert (status.tool_calls[0].status, status.tool_calls[0].error) == (
        ToolCallStatus.TOOL_CALL_FAILED,
        "cancelled",
    )
    assert (await other).status.phase == COMPLETED


async def test_a_cancel_keeps_what_the_model_wrote(stage: Stage) -> None:
    execution_id = stage.add(scripted("- say: one two three\n  chunk: 30"))
    task = asyncio.create_task(stage.host.run(execution_id))
    async for snapshot in watched(stage.executions, execution_id):
        assert isinstance(snapshot, AgentExecution)
        if len(snapshot.status.messages) == 2:
            break
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    last = stage.executions.said[execution_id][-1]
    assert isinstance(last, MessageSet)
    assert (last.content, last.complete, last.metadata) == ("one ", True, {"interrupted": True})


async def test_a_cancel_before_the_process_is_up_ends_at_once(stage: Stage) -> None:
    host = stage.new_host({})
    execution_id = stage.add(scripted("- say: x"))
    task = asyncio.create_task(host.run(execution_id))
    await until(lambda: host.pid is not None)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await host.aclose()


async def test_a_killed_process_fails_its_executions_and_the_next_one_works(
    stage: Stage, tmp_path: Path
) -> None:
    execution_id = stage.add(waiting(tmp_path / "waits"))
    task = asyncio.create_task(stage.host.run(execution_id))
    server = await written(tmp_path / "waits")
    assert stage.host.pid is not None
    os.kill(stage.host.pid, signal.SIGKILL)
    await task
    status = stage.get(execution_id).status
    assert (status.phase, status.error) == (
        FAILED,
        "the agent process was killed by SIGKILL; the execution was in it [E0832]",
    )
    assert status.tool_calls[0].status == ToolCallStatus.TOOL_CALL_FAILED
    await gone(server)
    again = await stage.run(scripted("- say: fine"))
    assert again.status.phase == COMPLETED


async def test_a_process_that_hangs_is_replaced(stage: Stage) -> None:
    host = stage.new_host({}, silence_seconds=2)
    try:
        await host.warm()
        execution_id = stage.add(scripted("- say: x\n  delay: 60"))
        task = asyncio.create_task(host.run(execution_id))
        await until(lambda: execution_id in stage.executions.said)
        assert host.pid is not None
        os.kill(host.pid, signal.SIGSTOP)
        await task
        assert "no sign of life for 2 s" in stage.get(execution_id).status.error
    finally:
        await host.aclose()


async def test_closing_the_host_ends_the_process_and_its_servers(stage: Stage, tmp_path: Path) -> None:
    host = stage.new_host({})
    notes = tmp_path / "started.log"
    agent = with_server(scripted("- say: nothing to ask"), "tools", "--stubborn", "--note", str(notes))
    await host.run(stage.add(agent))
    (server,) = started(notes)  # and it waits for the next execution
    process = host.pid
    assert process is not None
    os.kill(server, 0)
    await host.aclose()
    assert host.pid is None
    await gone(server)
    await gone(process)


async def test_the_process_goes_when_the_daemon_is_gone(stage: Stage) -> None:
    host = stage.new_host({})
    execution_id = stage.add(with_server(scripted("- call: pid\n- say: '{{ result }}'")))
    await host.run(execution_id)
    process = host.pid
    assert process is not None
    assert host._process is not None
    # What the kernel does with our end of the line when the daemon is killed.
    host._process._connection.shutdown(2)
    await gone(process)
    await gone(int(stage.get(execution_id).status.messages[-1].content))
    await host.aclose()


async def interrupted(stage: Stage, host: AgentHost, agent: Agent, file: Path) -> str:
    """An execution that was in the middle of a call when the daemon stopped."""
    execution_id = stage.add(agent)
    task = asyncio.create_task(host.run(execution_id))
    await written(file)
    # What is on record at this moment is all that a restarted daemon has: the goodbye is not written.
    said = stage.executions.record_masked
    stage.executions.record_masked = lambda *_: None  # type: ignore[method-assign, assignment]
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    stage.executions.record_masked = said  # type: ignore[method-assign]
    return execution_id


async def test_after_a_crash_the_conversation_goes_on_and_the_call_is_not_repeated(
    stage: Stage, tmp_path: Path
) -> None:
    file = tmp_path / "waits"
    script = f"""
- say: First.
  call: [{{tool: append, args: {{file: '{tmp_path / "effect"}', text: x}}}}, {{tool: pid}}]
- say: Second.
  call: {{tool: wait, args: {{seconds: 60, file: '{file}'}}}}
- say: 'After: {{{{ result }}}}'
"""
    execution_id = await interrupted(stage, stage.host, with_server(scripted(script)), file)
    stage.executions.said[execution_id].clear()
    await stage.host.run(execution_id)
    status = stage.get(execution_id).status
    assert status.phase == COMPLETED, status.error
    assert [m.content for m in status.messages] == ["hello", "First.", "Second.", f"After: {INTERRUPTED}"]
    assert len(file.read_text().split()) == 1
    assert (tmp_path / "effect").read_text() == "x"
    waited = status.tool_calls[-1]
    assert (waited.status, waited.error) == (ToolCallStatus.TOOL_CALL_FAILED, INTERRUPTED)
    assert not any(isinstance(record, Began) for record in stage.executions.said[execution_id])


async def test_after_a_crash_an_answer_that_was_complete_is_not_asked_for_again(stage: Stage) -> None:
    agent = scripted("- say: 'the answer'")
    first = stage.add(agent)
    await stage.host.run(first)
    saved = stage.executions.journal(first).get("agent/messages")
    assert saved is not Missing.MISSING
    execution_id = stage.add(agent)
    for record in stage.executions.said[first]:
        if isinstance(record, Began | MessageSet | ToolCallSet):
            stage.executions.record(execution_id, record)
    stage.executions.journal(execution_id).put("agent/messages", saved)
    stage.executions.said[execution_id].clear()
    await stage.host.run(execution_id)
    assert [type(record).__name__ for record in stage.executions.said[execution_id]] == ["Ended"]
    assert stage.get(execution_id).status.phase == COMPLETED


async def test_after_a_crash_in_the_middle_of_an_answer_it_is_asked_for_again(stage: Stage) -> None:
    execution_id = stage.add(scripted("- say: whole answer"))
    at = "2026-01-01T00:00:00.000000Z"
    stage.executions.record(
        execution_id,
        Began(at=at),
        MessageSet(index=0, role="HUMAN", content="hello", complete=True, at=at, metadata={}),
        MessageSet(index=1, role="AI", content="whole an", complete=False, at=at, metadata={}),
    )
    await stage.host.run(execution_id)
    assert [m.content for m in stage.get(execution_id).status.messages] == ["hello", "whole answer"]


async def test_a_late_word_about_an_earlier_attempt_ends_nothing(stage: Stage) -> None:
    await stage.host.warm()
    execution_id = stage.add(scripted("- say: hello"))
    process = stage.host._process
    assert process is not None
    process.send({"type": "cancel", "id": execution_id})  # the answer comes when the next attempt listens
    await stage.host.run(execution_id)
    assert stage.get(execution_id).status.phase == ExecutionPhase.EXECUTION_COMPLETED
