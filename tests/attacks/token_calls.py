"""Calls with a token, and without."""

from __future__ import annotations

import grpc

from stigmer_api.devloop_pb2 import DescribeRequest
from stigmerd.daemon.client import RunningDaemon
from tests.support.api import Api


async def answer(running: RunningDaemon, token: str | None = None) -> str:
    """What a call at its first port comes to."""
    port = running.addresses[1].rpartition(":")[2]
    metadata = () if token is None else (("authorization", f"Bearer {token}"),)
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        try:
            await Api(channel).daemon.describe(DescribeRequest(), metadata=metadata)
        except grpc.aio.AioRpcError as error:
            return error.code().name
    return "OK"
