"""An MCP server as one execution has it: which process is behind it may change from call to call."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Protocol

from stigmerd.agents.mcp.server import PooledServer, key_of
from stigmerd.agents.mcp.told import Told
from stigmerd.store.json import Json

if TYPE_CHECKING:
    from pydantic_ai.mcp import MCPToolset

    from stigmerd.agents.mcp.inbound.inbound import Inbound


class Lender(Protocol):
    """Has the processes."""

    async def borrow(self, lent: Lent, *, alone: bool) -> PooledServer: ...

    def give_back(self, lent: Lent, server: PooledServer) -> None: ...

    def settle(self, server: PooledServer) -> None: ...


class Lent:
    """Begins with a process that may serve others as well; gets one of its own with the first call that may
    leave something behind.
    """

    def __init__(
        self, lender: Lender, config: Mapping[str, Json], told: Told, siblings: Sequence[Lent]
    ) -> None:
        """`siblings`: all servers of the execution, this one among them in the end."""
        self.config = config
        self.key = key_of(config)
        self.name = str(config["name"])
        self.told = told
        self.siblings = siblings
        self.own = False
        self.tools: tuple[str, ...] = ()
        self._shared = config.get("options", {}).get("shared")
        self._lender = lender
        self._server: PooledServer | None = None
        self._hearing = ExitStack()
        self._moving = asyncio.Lock()

    async def begin(self) -> None:
        """With a process, which may still have to start; `opened` waits for that."""
        await self._use(alone=self._shared is False)

    async def opened(self) -> None:
        """Raises ServerFailed."""
        server = self.server
        async with self.told.opening(server):
            await server.opened()
        self.tools = server.tools

    @property
    def server(self) -> PooledServer:
        assert self._server is not None, "not before it begins"
        return self._server

    @property
    def inbound(self) -> Inbound:
        return self.server.inbound

    @property
    def toolset(self) -> MCPToolset[None] | None:
        """None while there is no process, or none that works."""
        return self._server.toolset if self._server is not None and self._server.usable else None

    @asynccontextmanager
    async def at_work(self, *, reads: bool) -> AsyncIterator[PooledServer]:
        """For one call. `reads`: it leaves nothing behind. Raises ServerFailed."""
        server = await self._suited(alone=not reads)
        server.in_flight += 1
        server.used = True
        try:
            yield server
        except asyncio.CancelledError:
            server.give_up_call()  # it may still be busy with that
            raise
        finally:
            server.in_flight -= 1
            self._lender.settle(server)

    async def _suited(self, *, alone: bool) -> PooledServer:
        async with self._moving:
            server = self._server
            alone = self.own or self._shared is False or (alone and not self._forgets())
            if server is not None and server.usable:
                if not alone or self.own:
                    return server
                if server.users == {self}:
                    self.own, server.owner = True, self
                    return server
            await self._use(alone=alone)
            await self.opened()
            return self.server

    def _forgets(self) -> bool:
        """Whatever it is asked."""
        if self._shared is not None:
            return bool(self._shared)
        return self._server is not None and self._server.stateless

    async def _use(self, *, alone: bool) -> None:
        self.leave()
        self._server = await self._lender.borrow(self, alone=alone)
        self.own = alone
        self._hearing.enter_context(self.told.hearing(self._server))

    def leave(self) -> None:
        """The process may serve others now; one of its own is closed."""
        self._hearing.close()
        server, self._server = self._server, None
        if server is not None:
            self._lender.give_back(self, server)
            self.own = False
