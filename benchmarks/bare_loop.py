"""The floor of a loop: it waits for a file, then deploys and runs. usage: bare_loop.py ADDRESS FILE

Nothing settles, nothing is compared, no program runs: what remains is the machine, watchfiles and gRPC.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import grpc.aio
from calls import Calls, set_workflow
from watchfiles import awatch

from stigmer_api.workflowexecution_pb2 import ExecutionPhase, SubscribeWorkflowExecutionRequest

NAME = "bare"


async def main(address: str, file: str) -> None:
    async with grpc.aio.insecure_channel(address) as channel:
        calls = Calls(channel)
        print("ready", flush=True)
        async for _ in awatch(file, debounce=1, step=1, rust_timeout=60_000):
            await first_event(calls, Path(file).read_text())
            print("first event", flush=True)


async def first_event(calls: Calls, text: str) -> None:
    workflow = set_workflow(NAME, 1)
    workflow.spec.description = text
    await calls.deploy.apply(workflow)
    request = SubscribeWorkflowExecutionRequest(execution_id=await calls.run(NAME))
    async for execution in calls.watch.subscribe(request):
        if execution.status.phase >= ExecutionPhase.EXECUTION_IN_PROGRESS:
            return


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
