"""How quick is the embedded backend, seen by a client on its socket?"""

from __future__ import annotations

import asyncio
import time

import grpc.aio
from calls import Calls, execution, set_workflow
from measure import percentile, table
from start import address

from stigmer_api import workflowexecution_pb2 as wire
from tests.support.world import new_world

TEN_ROUNDS = 50
TEN_GOAL_MS = 25
AT_ONCE, TASKS = 100, 20
GOAL_TASKS_PER_SECOND = 1_000
SUBSCRIBERS = 1_000
COMPLETED = wire.ExecutionPhase.EXECUTION_COMPLETED


async def main(target: str) -> None:
    async with grpc.aio.insecure_channel(target) as channel:
        calls = Calls(channel)
        await ten_tasks(calls)
        await many_at_once(calls)
        await many_subscribers(calls)


async def ten_tasks(calls: Calls) -> None:
    workflow = await calls.deploy.apply(set_workflow("ten", 10))
    times = []
    for number in range(TEN_ROUNDS + 1):
        start = time.perf_counter()
        check(await finished(calls, await create(calls, workflow.metadata.id)), 10)
        if number:
            times.append(1000 * (time.perf_counter() - start))
    table({"created → terminal snapshot, 10 SET tasks": times})
    print(f"  goal: p50 at most {TEN_GOAL_MS} ms")


async def many_at_once(calls: Calls) -> None:
    workflow = await calls.deploy.apply(set_workflow("twenty", TASKS))
    start = time.perf_counter()
    ids = await asyncio.gather(*(create(calls, workflow.metadata.id) for _ in range(AT_ONCE)))
    for snapshot in await asyncio.gather(*(finished(calls, each) for each in ids)):
        check(snapshot, TASKS)
    rate = AT_ONCE * TASKS / (time.perf_counter() - start)
    print(f"{AT_ONCE} executions of {TASKS} tasks at once: {rate:,.0f} tasks/s, all correct")
    print(f"  goal: at least {GOAL_TASKS_PER_SECOND:,} tasks/s")


async def many_subscribers(calls: Calls) -> None:
    """The time from the terminal snapshot at the first subscriber to that at the last."""
    workflow = await calls.deploy.apply(set_workflow("watched", TASKS))
    execution_id = await create(calls, workflow.metadata.id)
    ends: list[float] = []

    async def subscribe() -> None:
        check(await finished(calls, execution_id), TASKS)
        ends.append(time.perf_counter())

    start = time.perf_counter()
    await asyncio.gather(*(subscribe() for _ in range(SUBSCRIBERS)))
    waits = [1000 * (end - start) for end in ends]
    print(f"{SUBSCRIBERS:,} subscribers: half at the end after {percentile(waits, 50):,.0f} ms")
    print(f"  the last after {max(waits):,.0f} ms")


async def create(calls: Calls, workflow_id: str) -> str:
    return (await calls.executions.create(execution(workflow_id))).metadata.id


async def finished(calls: Calls, execution_id: str) -> wire.WorkflowExecution:
    request = wire.SubscribeWorkflowExecutionRequest(execution_id=execution_id)
    async for snapshot in calls.watch.subscribe(request):
        last = snapshot
    return last


def check(snapshot: wire.WorkflowExecution, tasks: int) -> None:
    assert snapshot.status.phase == COMPLETED, snapshot
    assert len(snapshot.status.tasks) == tasks, len(snapshot.status.tasks)


if __name__ == "__main__":
    with new_world() as world:
        world.run("server", "start")
        asyncio.run(main(address(world)))
