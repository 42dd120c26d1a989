"""A turn that failed or was cancelled stays in its session, in a form that a model goes on from."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path

from stigmer_api.agent_pb2 import Agent
from stigmer_api.agentexecution_pb2 import AgentExecution
from stigmerd.executions.records import Ended
from stigmerd.store.clock import now
from tests.stigmerd.agents.stage import Stage, scripted, with_server
from tests.support.watching import watched

CANCELLED = "[This turn was interrupted: it was cancelled before the answer was complete.]"
WAITS = "- say: Let me see.\n  call: {{tool: wait, args: {{seconds: 60, file: '{file}'}}}}\n- say: done"


async def cancelled(stage: Stage, agent: Agent, message: str, session: str) -> None:
    """A turn that is cancelled as soon as the model has said something, and a call, if it makes one, runs."""
    execution_id = stage.add(agent, message, session=session)
    running = asyncio.create_task(stage.host.run(execution_id))
    async for snapshot in watched(stage.executions, execution_id):
        assert isinstance(snapshot, AgentExecution)
        calls = [call.started_at for call in snapshot.status.tool_calls]
        if len(snapshot.status.messages) == 2 and (all(calls) and calls if agent.spec.mcp_servers else True):
            break
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    stage.executions.record(execution_id, Ended(phase="CANCELLED", output=None, error="", at=now()))


async def conversation(stage: Stage, session: str) -> list[tuple[str, str]]:
    """What the model is told in the session's next turn, before the message of that."""
    execution = await stage.run(scripted("- say: fine"), "go on", session=session)
    async for sight in stage.executions.subscriptions.watch_closely(execution.metadata.id, 0, 0):
        for note in sight.requests:
            if note.HasField("asked"):
                *earlier, last = [(each.role, each.content.text) for each in note.asked.messages]
                assert last == ("user", "go on")
                return earlier
    raise AssertionError("the model was not asked")


async def test_what_the_model_had_said_when_it_was_cancelled(stage: Stage) -> None:
    await cancelled(stage, scripted("- say: one two three\n  chunk: 60"), "count", "cancelled")
    assert await conversation(stage, "cancelled") == [
        ("user", "count"),
        ("assistant", f"one \n\n{CANCELLED}"),
    ]


async def test_a_call_that_was_cancelled_has_a_result(stage: Stage, tmp_path: Path) -> None:
    waits = with_server(scripted(WAITS.format(file=tmp_path / "waits")))
    await cancelled(stage, waits, "look", "calling")
    told = await conversation(stage, "calling")
    assert [role for role, _ in told] == ["user", "assistant", "tool_call", "tool_result", "assistant"]
    assert told[3:] == [("tool_result", "cancelled"), ("assistant", CANCELLED)]


async def test_why_a_turn_failed(stage: Stage) -> None:
    await stage.run(scripted("- say: Well\n  fail: the wire is cut"), "try", session="failed")
    assert await conversation(stage, "failed") == [
        ("user", "try"),
        ("assistant", "Well\n\n[This turn was interrupted by an error: the wire is cut]"),
    ]


async def test_a_turn_that_never_reached_its_model(stage: Stage) -> None:
    nowhere = with_server(scripted("- say: x"), "gone")
    nowhere.spec.mcp_servers[0].stdio.command = "/nowhere/at/all"
    await stage.run(nowhere, "start it", session="unreached")
    (asked, (role, note)) = await conversation(stage, "unreached")
    assert asked == ("user", "start it")
    assert (role, "/nowhere/at/all" in note) == ("assistant", True)


async def test_all_turns_in_their_order(stage: Stage) -> None:
    await stage.run(scripted("- say: first"), "one", session="mixed")
    await cancelled(stage, scripted("- say: half a word\n  chunk: 60"), "two", "mixed")
    await stage.run(scripted("- say: third"), "three", session="mixed")
    assert await conversation(stage, "mixed") == [
        ("user", "one"),
        ("assistant", "first"),
        ("user", "two"),
        ("assistant", f"half \n\n{CANCELLED}"),
        ("user", "three"),
        ("assistant", "third"),
    ]


HELPED = """
turns:
- call: {tool: critic, args: {message: Well}}
- say: done
agents:
  critic:
  - say: Let me think
    chunk: 60
"""


def with_critic(script: str) -> Agent:
    made = scripted(script)
    made.spec.sub_agents.add(name="critic", instructions="You judge in one sentence.")
    return made


async def test_a_helper_that_was_at_work_when_its_agent_was_cancelled(stage: Stage) -> None:
    execution_id = stage.add(with_critic(HELPED), "judge", session="helped")
    running = asyncio.create_task(stage.host.run(execution_id))
    async for snapshot in watched(stage.executions, execution_id):
        assert isinstance(snapshot, AgentExecution)
        (*_, helper) = [None, *snapshot.status.sub_agent_executions]
        if helper is not None and "Let" in str(helper.metadata):
            break
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    stage.executions.record(execution_id, Ended(phase="CANCELLED", output=None, error="", at=now()))
    told = await conversation(stage, "helped")
    assert told[0] == ("user", "judge")
    assert told[-2:] == [("tool_result", "cancelled"), ("assistant", CANCELLED)]


async def test_a_helper_that_failed(stage: Stage) -> None:
    fails = HELPED.replace("chunk: 60", "fail: the wire is cut")
    await stage.run(with_critic(fails), "judge", session="unhelped")
    told = await conversation(stage, "unhelped")
    assert ("tool_result", "critic failed: the wire is cut") in told
    assert told[-1] == ("assistant", "done")
