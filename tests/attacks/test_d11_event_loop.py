"""Nobody waits for what somebody else sends: the event loop is never busy with one thing for long."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from google.protobuf.json_format import ParseDict

from stigmer_api.devloop_pb2 import ListResourcesRequest, SignalRequest
from stigmer_api.workflow_pb2 import Workflow
from stigmer_api.workflowexecution_pb2 import ListWorkflowExecutionsRequest, WorkflowExecution
from tests.attacks.daemon import Daemon, open_daemon
from tests.support import api as wire
from tests.support.tasks import set_task, task
from tests.support.world import World

COMPLETED = 3
WORKFLOW_EXECUTION = 52  # ApiResourceKind
LOOKED_AT_MS = 20
UNIT_ROUNDS = 5_000_000  # of a loop that does nothing: some 50 ms where nobody else works
# A busy machine makes processor time longer, too, so the unit is measured at the same time. What these
# tests are about took from 10 units to 40.
UNITS_ALLOWED = 3


@pytest.fixture
async def daemon(world: World) -> AsyncIterator[Daemon]:
    world.extra["STIGMER_WATCHDOG_MS"] = str(LOOKED_AT_MS)
    async with open_daemon(world) as opened:
        # What a backend imports and compiles for its first execution is not what these tests are about.
        warm = wire.workflow("Warm", set_task("count", n="${ $input.parts | length }"))
        await run(opened, await opened.api.workflow.apply(warm), '{"parts": [1]}')
        opened.stalls()
        yield opened


def nobody_waited(daemon: Daemon) -> None:
    stalls = daemon.stalls()
    before = time.thread_time()
    for _ in range(UNIT_ROUNDS):
        pass
    unit = 1000 * (time.thread_time() - before)
    longest = max(stalls, default=0)
    assert longest < UNITS_ALLOWED * unit, f"a unit is {unit:.0f} ms; {stalls.get(longest)}"


async def run(daemon: Daemon, workflow: Workflow, message: str = "", **spec: Any) -> WorkflowExecution:
    execution = wire.workflow_execution(workflow.metadata.id, trigger_message=message, **spec)
    created = await daemon.api.workflow_execution.create(execution)
    ended: WorkflowExecution = await daemon.api.follow(created.metadata.id)
    assert ended.status.phase == COMPLETED, ended.status.error
    return ended


@pytest.mark.parametrize("tasks", [1, 50, 1900])
async def test_a_workflow_of_five_megabytes(daemon: Daemon, tasks: int) -> None:
    long = [set_task(f"t{number}", text="x" * (5_000_000 // tasks)) for number in range(tasks)]
    deployed = await daemon.api.workflow.apply(wire.workflow("Long", *long))
    nobody_waited(daemon)
    await run(daemon, deployed)
    nobody_waited(daemon)
    again = await daemon.api.workflow.apply(wire.workflow("Long", *long))
    assert again == deployed
    nobody_waited(daemon)


async def test_a_workflow_that_is_wrong_in_1900_places(daemon: Daemon, refused: Any) -> None:
    wrong = [set_task(f"t{number}") for number in range(1900)]
    for each in wrong:
        each["flow"] = {"then": "nowhere"}
    with refused("INVALID_ARGUMENT", "there is no task", "and 1890 more"):
        await daemon.api.workflow.apply(wire.workflow("Wrong", *wrong))
    nobody_waited(daemon)


async def test_1900_expressions(daemon: Daemon) -> None:
    one = {f"v{number}": f"${{ .message | length + {number} }}" for number in range(60)}
    simple = [
        set_task(f"t{number}", **{f"v{each}": "${ $input.message }" for each in range(number, number + 38)})
        for number in range(50)
    ]
    many = [set_task(f"s{number}", v=f"${{ $data.v{number % 60} }}") for number in range(1900)]
    for name, tasks in {"One": [set_task("one", **one)], "Simple": simple, "Many": many}.items():
        deployed = await daemon.api.workflow.apply(wire.workflow(name, *tasks))
        nobody_waited(daemon)
        await run(daemon, deployed)
        nobody_waited(daemon)


async def test_3000_secrets(daemon: Daemon) -> None:
    secrets = {
        f"S{number}": {"value": f"value-{number}-{number * 7919}", "is_secret": True}
        for number in range(3000)
    }
    tasks = [set_task(f"t{number}", v=f"${{ .secrets.S{number} }}") for number in range(20)]
    deployed = await daemon.api.workflow.apply(wire.workflow("Secrets", *tasks))
    ended = await run(daemon, deployed, runtime_env=secrets)
    assert "7919" not in str(ended)
    nobody_waited(daemon)


async def test_3000_secrets_and_a_megabyte_of_text(daemon: Daemon) -> None:
    secrets = {
        f"S{number}": {"value": f"value-{number}-{number * 7919}", "is_secret": True}
        for number in range(3000)
    }
    texts = {f"v{number}": "some text " * 20_000 for number in range(5)}
    deployed = await daemon.api.workflow.apply(wire.workflow("Texts", set_task("all", **texts)))
    await run(daemon, deployed, runtime_env=secrets)
    nobody_waited(daemon)


async def test_a_signal_of_megabytes(daemon: Daemon) -> None:
    to = {"mode": "all", "signals": [{"id": "go", "type": "signal"}]}
    tasks = [task("wait", "LISTEN", {"to": to}), set_task("last", n="${ $data.wait.go.parts[7].n }")]
    deployed = await daemon.api.workflow.apply(wire.workflow("Listens", *tasks))
    created = await daemon.api.workflow_execution.create(wire.workflow_execution(deployed.metadata.id))
    signal = SignalRequest(execution_id=created.metadata.id, signal_id="go")
    parts = [{"n": number, "text": "text"} for number in range(100_000)]
    ParseDict({"parts": parts}, signal.payload)
    await daemon.api.control.signal(signal)
    ended: WorkflowExecution = await daemon.api.follow(created.metadata.id)
    assert ended.status.output["n"] == 7
    nobody_waited(daemon)


async def test_a_message_of_megabytes_and_expressions_on_it(daemon: Daemon) -> None:
    tasks = [set_task("count", n="${ $input.parts | length }"), set_task("first", p="${ .n + 1 }")]
    deployed = await daemon.api.workflow.apply(wire.workflow("Counts", *tasks))
    message = json.dumps({"parts": [{"n": number, "text": "text"} for number in range(200_000)]})
    ended = await run(daemon, deployed, message)
    assert ended.status.output["p"] == 200_001
    nobody_waited(daemon)


async def test_lists_of_many_executions(daemon: Daemon) -> None:
    long = [set_task(f"t{number}", text="x" * 2000) for number in range(10)]
    deployed = await daemon.api.workflow.apply(wire.workflow("Ten", *long))
    for _ in range(20):
        await asyncio.gather(*(run(daemon, deployed) for _ in range(10)))
    daemon.stalls()
    listed = await daemon.api.workflow_execution.list(ListWorkflowExecutionsRequest(page_size=200))
    assert len(listed.entries) == 200
    far = ListWorkflowExecutionsRequest(page_size=1, page_token="200")
    assert len((await daemon.api.workflow_execution.list(far)).entries) == 1
    kinds = ListResourcesRequest(kinds=[WORKFLOW_EXECUTION], page_size=200)  # type: ignore[list-item]
    assert len((await daemon.api.resources.list(kinds)).items) == 200
    nobody_waited(daemon)
