"""The daemon when the ground shakes: killed while an agent speaks, no space left on the disk."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import grpc
import pytest

from stigmer_api.agentexecution_pb2 import AgentExecutionId
from stigmer_api.devloop_pb2 import DescribeRequest, SignalRequest
from stigmer_api.workflowexecution_pb2 import WorkflowExecutionId
from stigmerd.daemon import client
from stigmerd.daemon.lock import holder
from stigmerd.daemon.place import DaemonPlace
from tests.support.api import Api, agent, agent_execution, workflow, workflow_execution
from tests.support.files import filled
from tests.support.poll import wait_until
from tests.support.processes import alive
from tests.support.tasks import listen_task, set_task, task

WORDS = "one two three four five six seven eight nine ten"
LISTEN = listen_task("approval", "approve")
ROUNDS = 60
TEXT = "x" * 20_000


def children(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="processes are looked up in /proc")
async def test_killed_while_an_agent_speaks(place: DaemonPlace) -> None:
    first = client.ensure(place)
    async with grpc.aio.insecure_channel(first.address) as channel:
        api = Api(channel)
        script = f"- say: {WORDS}\n  chunk: 0.1"
        made = await api.agent.apply(agent("Slow", annotations={"devloop.stigmer.ai/script": script}))
        execution = (await api.agent_execution.create(agent_execution(made.metadata.id))).metadata.id
        call = api.agent_execution.subscribe(
            AgentExecutionId(value=execution), metadata=(("stigmer-partial", "1"),)
        )
        while "three" not in str((await call.read()).status.messages):
            pass
        (agents,) = children(first.pid)
        os.kill(first.pid, signal.SIGKILL)
        with pytest.raises(grpc.aio.AioRpcError):
            while await call.read() is not grpc.aio.EOF:
                pass
    wait_until(lambda: holder(place.lock_file) is None)
    wait_until(lambda: not alive(agents))
    async with grpc.aio.insecure_channel(client.ensure(place).address) as channel:
        call = Api(channel).agent_execution.subscribe(AgentExecutionId(value=execution))
        last = [snapshot async for snapshot in call][-1]
    assert last.status.phase == 3, last.status.error
    assert [message.content for message in last.status.messages][1:] == [WORDS]


def growing(text: str) -> dict[str, Any]:
    return task("loop", "FOR", {"each": "n", "in": str(ROUNDS), "do": [set_task("grow", text=text)]})


async def test_no_space_left(small_disk: Path) -> None:
    place = DaemonPlace.of(small_disk / "data")
    async with grpc.aio.insecure_channel(client.ensure(place).address) as channel:
        api = Api(channel)
        made = await api.workflow.apply(workflow("Growing", LISTEN, growing(TEXT)))
        sent = workflow_execution(made.metadata.id)
        execution = (await api.workflow_execution.create(sent)).metadata.id
        filler = filled(small_disk, free=200_000)
        await api.control.signal(SignalRequest(execution_id=execution, signal_id="approve"))
        sent.spec.trigger_message = "y" * 400_000
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            while True:  # SQLite finds some room in its own files first
                await api.workflow_execution.create(sent)
        assert refused.value.code() is grpc.StatusCode.UNAVAILABLE
        assert "no space left" in (refused.value.details() or "")
        assert (await api.daemon.describe(DescribeRequest())).live_executions >= 1
        current = await api.workflow_execution.get(WorkflowExecutionId(value=execution))
        assert current.status.phase == 2, current.status.error
        filler.unlink()
        last = await api.follow(execution)
    assert last.status.phase == 3, last.status.error
    assert [each.task_id for each in last.status.tasks] == [
        "approval",
        "loop",
        *(f"loop[{number}]/grow" for number in range(ROUNDS)),
    ]
