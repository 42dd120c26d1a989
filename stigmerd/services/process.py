"""The backend process itself: what it is, and how to end it."""

from __future__ import annotations

from stigmer_api.devloop_pb2 import DescribeReply, DescribeRequest, ShutDownReply, ShutDownRequest
from stigmerd.resources.rpc_error import not_now
from stigmerd.services.interfaces import ServerProcess
from stigmerd.services.rpc import Context


class ProcessControl:
    def __init__(self, process: ServerProcess) -> None:
        self._process = process

    async def describe(self, request: DescribeRequest, context: Context) -> DescribeReply:
        return self._process.describe()

    async def shutdown(self, request: ShutDownRequest, context: Context) -> ShutDownReply:
        running = self._process.live_executions
        if request.only_if_idle and running:
            raise not_now(
                f"{running} executions are running; wait for them, cancel them, or shut down anyway"
            )
        self._process.shut_down()
        return ShutDownReply()
