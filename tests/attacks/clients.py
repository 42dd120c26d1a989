"""Clients that are killed in the middle of what they do. Run as a program: clients.py ADDRESS ID WAYS…"""

from __future__ import annotations

import asyncio
import sys

import grpc.aio

from stigmer_api.devloop_pb2 import CancelRequest
from stigmer_api.workflowexecution_pb2 import SubscribeWorkflowExecutionRequest
from tests.support.api import Api


async def main(address: str, execution_id: str, following: int, waiting: int) -> None:
    """So many that follow an execution, and so many that wait for an answer; then says `ready`."""
    channels = [
        grpc.aio.insecure_channel(address, options=[("grpc.use_local_subchannel_pool", 1)])
        for _ in range(following + waiting)
    ]
    request = SubscribeWorkflowExecutionRequest(execution_id=execution_id)
    streams = [
        Api(channel).workflow_execution.subscribe(request, metadata=[("stigmer-partial", "1")])
        for channel in channels[:following]
    ]
    await asyncio.gather(*(stream.read() for stream in streams))
    stubborn = CancelRequest(execution_id=execution_id, reason="clients", wait_seconds=30)
    calls = [Api(channel).control.cancel(stubborn) for channel in channels[following:]]
    print("ready", flush=True)
    await asyncio.gather(*calls, *(all_of(stream) for stream in streams))


async def all_of(stream: object) -> None:
    async for _ in stream:  # type: ignore[attr-defined]
        pass


asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
