"""What died while nobody used it is noticed before it is used."""

from __future__ import annotations

import os
import signal

from stigmer_api.agentexecution_pb2 import ExecutionPhase
from tests.stigmerd.agents.stage import Stage, scripted, with_server
from tests.support.poll import until
from tests.support.processes import alive

COMPLETED = ExecutionPhase.EXECUTION_COMPLETED


async def test_an_agent_process_that_was_killed_while_idle_is_replaced(stage: Stage) -> None:
    assert (await stage.run(scripted("- say: one"))).status.phase == COMPLETED
    before = stage.host.pid
    assert before is not None
    os.kill(before, signal.SIGKILL)  # and asked at once: nobody has had time to notice
    execution = await stage.run(scripted("- say: two"))
    assert execution.status.phase == COMPLETED, execution.status.error
    assert execution.status.messages[-1].content == "two"
    assert stage.host.pid != before


async def test_a_warm_server_that_was_killed_is_replaced(stage: Stage) -> None:
    agent = with_server(scripted("- call: pid\n- say: '{{ result }}'"), "killed", "--quiet")
    first = int((await stage.run(agent)).status.messages[-1].content)
    os.kill(first, signal.SIGKILL)
    execution = await stage.run(agent)
    assert execution.status.phase == COMPLETED, execution.status.error
    assert int(execution.status.messages[-1].content) != first
    await until(lambda: not alive(first))


async def test_a_warm_server_that_hangs_is_replaced(stage: Stage) -> None:
    agent = with_server(scripted("- call: pid\n- say: '{{ result }}'"), "stopped", "--quiet")
    first = int((await stage.run(agent)).status.messages[-1].content)
    os.kill(first, signal.SIGSTOP)
    try:
        execution = await stage.run(agent)
        assert execution.status.phase == COMPLETED, execution.status.error
        assert int(execution.status.messages[-1].content) != first
        await until(lambda: not alive(first))
    finally:
        if alive(first):
            os.kill(first, signal.SIGKILL)
