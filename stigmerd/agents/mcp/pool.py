"""MCP servers, started ahead: each execution gets one of its own, made of the files as they are now."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from stigmerd.agents.mcp.server import PooledServer, key_of
from stigmerd.agents.mcp.state import State, state_of
from stigmerd.agents.mcp.told import Told
from stigmerd.store.json import Json

IDLE_SECONDS = 300
GOODBYE_SECONDS = 2  # for a server to go by itself
LEAVE_SECONDS = 10  # for the one before to go; then another one is started beside it
MOST_IDLE = 16  # then the one that has waited longest is closed


class ServerPool:
    """Lends servers to executions.

    A server that was used is closed, since it may remember what it was asked; another one is started in its
    place, so that the next execution need not wait. One that was not used goes back.
    """

    def __init__(self, notes: Path, *, idle_seconds: float = IDLE_SECONDS) -> None:
        self._notes = notes
        self._idle_seconds = idle_seconds
        self._numbers = itertools.count(1)
        self._idle: dict[PooledServer, asyncio.TimerHandle] = {}
        self._all: set[PooledServer] = set()
        self._leaving: set[PooledServer] = set()
        self._later: set[asyncio.Task[None]] = set()
        self._replacing: dict[str, asyncio.Task[None]] = {}  # by the key of a server
        self._closed = False

    @asynccontextmanager
    async def lease(
        self, configs: Sequence[Mapping[str, Json]], told: Told
    ) -> AsyncIterator[list[PooledServer]]:
        """Servers for one execution alone. If it does not end well, they are killed."""
        servers: list[PooledServer] = []
        well = False
        try:
            for config in configs:
                servers.append(await self._taken(config))  # noqa: PERF401 - if one fails, the others go back
            async with told.listening(servers):
                await open_all(servers, told)
                yield servers
            well = True
        finally:
            if well:
                for server in servers:
                    self._put_back(server)
            else:
                killing = asyncio.gather(*(server.kill() for server in servers))
                self._all.difference_update(servers)
                with contextlib.suppress(asyncio.CancelledError):
                    await asyncio.shield(killing)

    async def _taken(self, config: Mapping[str, Json]) -> PooledServer:
        await self._until_replaced(key_of(config))
        state = await asyncio.to_thread(state_of, config)
        while (server := self._take(key_of(config), state)) is not None:
            good = False
            try:
                # One that is just being started is as good as a new one.
                good = server.opening or await server.answers()
            finally:
                if not good:  # cancelled, too
                    self._close_later(server)
            if good:
                return server
        return self._start(config, state)

    async def _until_replaced(self, key: str) -> None:
        """One that goes may hold what only one can have, such as a port; not if others are at work."""
        at_work = any(each.key == key and each not in self._idle for each in self._all)
        if not at_work and (replacing := self._replacing.get(key)) is not None:
            await asyncio.wait({replacing}, timeout=LEAVE_SECONDS)

    def _take(self, key: str, state: State | None) -> PooledServer | None:
        """One that waits. What is made of something else than `state` will never be wanted again."""
        for server, timer in list(self._idle.items()):
            if server.key != key:
                continue
            timer.cancel()
            del self._idle[server]
            if server.state == state and (server.opening or server.usable):
                return server
            self._close_later(server)
        return None

    def _start(self, config: Mapping[str, Json], state: State | None) -> PooledServer:
        server = PooledServer(config, state, self._notes / str(next(self._numbers)))
        self._all.add(server)
        return server

    def _put_back(self, server: PooledServer) -> None:
        if server.usable and not server.used and server.state is not None:
            self._keep(server)
            return
        self._all.discard(server)
        if server.state is None or server.config["kind"] != "stdio":
            self._close_later(server)
            return
        self._leaving.add(server)
        replacing = self._do_later(self._replace(server), f"mcp: replace {server.name}")
        self._replacing[server.key] = replacing
        replacing.add_done_callback(partial(self._replaced, server.key))

    def _replaced(self, key: str, task: asyncio.Task[None]) -> None:
        if self._replacing.get(key) is task:
            del self._replacing[key]

    async def _replace(self, server: PooledServer) -> None:
        """First it goes: it may hold what only one can have."""
        closing = self._do_later(server.close(), f"mcp: close {server.name}")
        if not (await asyncio.wait({closing}, timeout=GOODBYE_SECONDS))[0]:
            await server.kill()
        self._leaving.discard(server)
        state = await asyncio.to_thread(state_of, server.config)
        if state is None or self._closed or any(each.key == server.key for each in self._idle):
            return
        self._keep(self._start(server.config, state))

    def _keep(self, server: PooledServer) -> None:
        loop = asyncio.get_running_loop()
        self._idle[server] = loop.call_later(self._idle_seconds, self._expire, server)
        if len(self._idle) > MOST_IDLE:
            oldest = next(iter(self._idle))
            self._idle[oldest].cancel()
            self._expire(oldest)

    def _expire(self, server: PooledServer) -> None:
        self._idle.pop(server, None)
        self._close_later(server)

    def _close_later(self, server: PooledServer) -> None:
        self._all.discard(server)
        self._do_later(server.close(), f"mcp: close {server.name}")

    def _do_later(self, work: Coroutine[None, None, None], name: str) -> asyncio.Task[None]:
        task = asyncio.create_task(work, name=name)
        self._later.add(task)
        task.add_done_callback(self._later.discard)
        return task

    async def aclose(self) -> None:
        self._closed = True
        for timer in self._idle.values():
            timer.cancel()
        self._idle.clear()
        servers, self._all = self._all | self._leaving, set()
        await asyncio.gather(*self._later, *(server.kill() for server in servers))


async def open_all(servers: Sequence[PooledServer], told: Told) -> None:
    for server in servers:
        async with told.opening(server):
            await server.opened()
