"""What died while nobody used it is noticed before it is used."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from stigmer_api.agentexecution_pb2 import ExecutionPhase
from tests.stigmerd.agents.stage import Stage, scripted, started, with_server
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


@pytest.mark.parametrize("signal_", [signal.SIGKILL, signal.SIGSTOP], ids=["died", "hangs"])
async def test_a_server_that_waits_and_is_of_no_use_is_replaced(
    stage: Stage, tmp_path: Path, signal_: signal.Signals
) -> None:
    notes = tmp_path / "started.log"
    server = ("waits", "--quiet", "--note", str(notes))
    # One that was asked nothing goes back, and is surely up.
    await stage.run(with_server(scripted("- say: nothing to ask"), *server))
    (waits,) = started(notes)
    os.kill(waits, signal_)
    try:
        execution = await stage.run(with_server(scripted("- call: pid\n- say: '{{ result }}'"), *server))
        assert execution.status.phase == COMPLETED, execution.status.error
        assert int(execution.status.messages[-1].content) != waits
        await until(lambda: not alive(waits))
    finally:
        if alive(waits):
            os.kill(waits, signal.SIGKILL)
