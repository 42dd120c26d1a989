"""All processes of MCP servers: started, idle for a while, replaced, closed."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Coroutine, Iterator, Mapping
from functools import partial
from pathlib import Path

from stigmerd.agents.mcp.server import PooledServer
from stigmerd.agents.mcp.state import State, state_of
from stigmerd.store.json import Json

GOODBYE_SECONDS = 2  # for a server to go by itself
LEAVE_SECONDS = 10  # for the one before to go; then another one is started beside it
MOST_IDLE = 16  # then the one that has waited longest is closed


class Processes:
    """Those that are up, in the order of their start. Connections to servers elsewhere count, too."""

    def __init__(self, notes: Path, idle_seconds: float, changed: Callable[[], None]) -> None:
        """`changed` is called when there is one less, or one more that nobody uses."""
        self._notes = notes
        self._idle_seconds = idle_seconds
        self._changed = changed
        self._numbers = itertools.count(1)
        self._all: dict[PooledServer, None] = {}
        self._idle: dict[PooledServer, asyncio.TimerHandle] = {}
        self._leaving: set[PooledServer] = set()
        self._later: set[asyncio.Task[None]] = set()
        self._replacing: dict[str, asyncio.Task[None]] = {}  # by the key of a server
        self._closed = False

    def __iter__(self) -> Iterator[PooledServer]:
        return iter(list(self._all))

    def __contains__(self, server: PooledServer) -> bool:
        return server in self._all

    def of(self, key: str) -> list[PooledServer]:
        return [server for server in self._all if server.key == key]

    def start(self, config: Mapping[str, Json], state: State | None) -> PooledServer:
        server = PooledServer(config, state, self._notes / str(next(self._numbers)))
        self._all[server] = None
        return server

    def keep(self, server: PooledServer) -> None:
        """Nobody uses it; it waits for somebody."""
        self.wake(server)
        loop = asyncio.get_running_loop()
        self._idle[server] = loop.call_later(self._idle_seconds, self.close, server)
        if len(self._idle) > MOST_IDLE:
            self.made_room()
        self._changed()

    def wake(self, server: PooledServer) -> None:
        """Somebody uses it."""
        if (timer := self._idle.pop(server, None)) is not None:
            timer.cancel()

    def made_room(self) -> bool:
        """The one that has waited longest goes, if any waits."""
        for server in self._idle:
            self.close(server)
            return True
        return False

    def close(self, server: PooledServer) -> None:
        """It goes while others work on."""
        self._forget(server)
        self._do_later(server.close(), f"mcp: close {server.name}")

    def replace(self, server: PooledServer, wanted: Callable[[str], bool]) -> None:
        """It goes, and another one is started in its place, if its key is still `wanted` then."""
        self._forget(server)
        self._leaving.add(server)
        replacing = self._do_later(self._replace(server, wanted), f"mcp: replace {server.name}")
        self._replacing[server.key] = replacing
        replacing.add_done_callback(partial(self._replaced, server.key))

    async def until_replaced(self, key: str) -> None:
        """One that goes may hold what only one can have, such as a port; not if others are at work."""
        at_work = any(each not in self._idle for each in self.of(key))
        if not at_work and (replacing := self._replacing.get(key)) is not None:
            await asyncio.wait({replacing}, timeout=LEAVE_SECONDS)

    async def _replace(self, server: PooledServer, wanted: Callable[[str], bool]) -> None:
        closing = self._do_later(server.close(), f"mcp: close {server.name}")
        if not (await asyncio.wait({closing}, timeout=GOODBYE_SECONDS))[0]:
            await server.kill()
        self._leaving.discard(server)
        state = await asyncio.to_thread(state_of, server.config)
        if state is None or self._closed or not wanted(server.key) or self.of(server.key):
            return
        self.keep(self.start(server.config, state))

    def _replaced(self, key: str, task: asyncio.Task[None]) -> None:
        if self._replacing.get(key) is task:
            del self._replacing[key]

    def _forget(self, server: PooledServer) -> None:
        self.wake(server)
        self._all.pop(server, None)
        self._changed()

    def _do_later(self, work: Coroutine[None, None, None], name: str) -> asyncio.Task[None]:
        task = asyncio.create_task(work, name=name)
        self._later.add(task)
        task.add_done_callback(self._later.discard)
        return task

    async def aclose(self) -> None:
        self._closed = True
        for server in list(self._idle):
            self.wake(server)
        servers = {*self._all, *self._leaving}
        self._all.clear()
        await asyncio.gather(*self._later, *(server.kill() for server in servers))
