"""A daemon in a process of its own: how much memory it takes, and how long it is busy, can be seen."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import grpc

from stigmerd.daemon.place import DaemonPlace
from tests.support.api import Api
from tests.support.world import World

LARGEST = 64 << 20
BUSY = re.compile(r"the event loop was busy for (\d+) ms .*")


class Daemon:
    def __init__(self, world: World, api: Api) -> None:
        self.api = api
        self._world = world
        self._read = 0

    @property
    def memory(self) -> int:
        """Bytes of it that are in memory now."""
        pid = self._world.daemon_pid()
        status = Path(f"/proc/{pid}/status").read_text()
        found = re.search(r"VmRSS:\s+(\d+) kB", status)
        assert found
        return int(found[1]) << 10

    @property
    def most_memory(self) -> int:
        """That were in memory at any time."""
        status = Path(f"/proc/{self._world.daemon_pid()}/status").read_text()
        found = re.search(r"VmHWM:\s+(\d+) kB", status)
        assert found
        return int(found[1]) << 10

    def stalls(self) -> dict[int, str]:
        """Since this was asked the last time: milliseconds of processor time, and what took them."""
        log = DaemonPlace.of(self._world.data).log_file.read_text()
        new, self._read = log[self._read :], len(log)
        return {int(found[1]): found[0] for found in BUSY.finditer(new)}


@asynccontextmanager
async def open_daemon(world: World) -> AsyncIterator[Daemon]:
    started = world.run("server", "start")
    assert started.code == 0, started.text
    options = [("grpc.max_receive_message_length", LARGEST), ("grpc.max_send_message_length", LARGEST)]
    address = f"unix:{DaemonPlace.of(world.data).socket}"
    async with grpc.aio.insecure_channel(address, options=options) as channel:
        yield Daemon(world, Api(channel))
