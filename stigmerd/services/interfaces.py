"""What the services need from above: the process they are in. For the engine see engine/interfaces.py."""

from __future__ import annotations

from typing import Protocol

from stigmer_api.devloop_pb2 import DescribeReply


class ServerProcess(Protocol):
    """The running backend."""

    def describe(self) -> DescribeReply: ...
    def shut_down(self) -> None: ...

    @property
    def live_executions(self) -> int: ...
