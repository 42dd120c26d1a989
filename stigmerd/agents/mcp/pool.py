"""MCP servers that are up: made of the files as they are now, and lent so that nothing is remembered."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from stigmerd.agents.mcp.lending.lent import Lent
from stigmerd.agents.mcp.lending.line import WaitingLine
from stigmerd.agents.mcp.lending.processes import Processes
from stigmerd.agents.mcp.maximum import DEFAULTS, IN_ALL, OF_EACH
from stigmerd.agents.mcp.server import PooledServer
from stigmerd.agents.mcp.state import State, state_of
from stigmerd.agents.mcp.told import Told
from stigmerd.store.json import Json

IDLE_SECONDS = 300
RECOVER_SECONDS = 1  # for one that may be busy with a call that nobody waits for any more
MOST_KNOWN = 1000  # agents with a server, to notice that it is made of something else


class ServerPool:
    """Lends processes to executions.

    One that was only asked to read serves many at once and one after the other. One that may remember
    belongs to one execution, is closed after it, and another one is started in its place.
    """

    def __init__(
        self,
        notes: Path,
        *,
        idle_seconds: float = IDLE_SECONDS,
        recover_seconds: float = RECOVER_SECONDS,
        most: int = DEFAULTS[IN_ALL],
        most_of_each: int = DEFAULTS[OF_EACH],
    ) -> None:
        """`most` processes, and of one server: if one has none yet, it gets one all the same."""
        self._most = most
        self._most_of_each = most_of_each
        self._recover_seconds = recover_seconds
        self._line = WaitingLine()
        self._processes = Processes(notes, idle_seconds, self._line.changed)
        self._made_of: dict[tuple[str, str, str], str] = {}  # the key of a server of an agent

    def allow(self, processes: Mapping[str, int]) -> None:
        """As the configuration says now: see maximum.py."""
        self._most = processes.get(IN_ALL, self._most)
        self._most_of_each = processes.get(OF_EACH, self._most_of_each)

    @asynccontextmanager
    async def lease(
        self, configs: Sequence[Mapping[str, Json]], told: Told, whose: str = ""
    ) -> AsyncIterator[list[Lent]]:
        """The servers of one execution of the agent `whose`. Raises ServerFailed."""
        lents: list[Lent] = []
        lents.extend(Lent(self, config, told, lents) for config in configs)
        with told.execution():
            try:
                for lent in lents:
                    self._is_made_of(whose, lent)
                    await lent.begin()
                for lent in lents:
                    await lent.opened()
                yield lents
            except BaseException:
                ending = asyncio.gather(*(self._ended_badly(lent) for lent in lents))
                with contextlib.suppress(asyncio.CancelledError):
                    await asyncio.shield(ending)
                raise
            finally:
                for lent in lents:
                    lent.leave()

    async def _ended_badly(self, lent: Lent) -> None:
        """What it alone had is killed; a process that others may use stays."""
        if lent.own and lent.server.used:
            await lent.server.kill()

    # --- what an execution does with its servers: see Lender

    async def borrow(self, lent: Lent, *, alone: bool) -> PooledServer:
        """A process that may still be starting; `alone`: for it only. Waits where too many are at work."""
        with self._line.joined(lent.key) as ticket, contextlib.ExitStack() as waiting:
            while True:
                change = self._line.change
                if self._line.may_try(ticket):
                    server = await self._found(lent, alone)
                    if server is not None:
                        return server
                if not ticket.waits:
                    ticket.waits = True
                    waiting.enter_context(
                        lent.told.busy(lent.name, len(self._processes.of(lent.key)), self._most)
                    )
                await change.wait()

    def give_back(self, lent: Lent, server: PooledServer) -> None:
        server.users.discard(lent)
        if server.owner is lent and not server.used:
            server.owner = None
        if server.owner is not lent:
            self.settle(server)
            return
        if server.state is None or server.config["kind"] != "stdio":
            self._processes.close(server)
        else:
            self._processes.replace(server, self._is_wanted)

    def settle(self, server: PooledServer) -> None:
        """Nobody may need it any more."""
        if server.users or server.in_flight or server.owner is not None or server not in self._processes:
            return
        keeps = server.state is not None and server.config["kind"] == "stdio" and not server.retired
        if keeps and (server.opening or server.usable):
            self._processes.keep(server)
        else:
            self._processes.close(server)

    # --- which process

    async def _found(self, lent: Lent, alone: bool) -> PooledServer | None:
        await self._processes.until_replaced(lent.key)
        state = await asyncio.to_thread(state_of, lent.config)
        for server in self._lendable(lent, state, alone):
            self._take(server, lent, alone)
            good = False
            try:
                # One that is just being started is as good as a new one.
                good = server.opening or await self._is_well(server)
            finally:
                if not good:  # cancelled, too
                    server.retired = server.retired or not server.health.doubtful
                    self.give_back(lent, server)
            if good:
                return server
        if not self._may_start(lent):
            return None
        server = self._processes.start(lent.config, state)
        self._take(server, lent, alone)
        return server

    def _lendable(self, lent: Lent, state: State | None, alone: bool) -> Iterator[PooledServer]:
        """What is made of something else than `state` will never be wanted again."""
        for server in self._processes.of(lent.key):
            if server.owner is not None or server.retired:
                continue
            if state is None or server.state != state or not (server.opening or server.usable):
                server.retired = True
                self.settle(server)
            elif not alone or not (server.in_flight or server.users - {lent}):
                yield server

    def _take(self, server: PooledServer, lent: Lent, alone: bool) -> None:
        self._processes.wake(server)
        server.users.add(lent)
        if alone:
            server.owner, server.used = lent, False

    async def _is_well(self, server: PooledServer) -> bool:
        if server.health.doubtful:
            return await server.health.recovers(self._recover_seconds)
        if len(server.users) > 1 and not server.health.is_asked:
            return True  # somebody works with it
        return await server.health.answers()

    def _may_start(self, lent: Lent) -> bool:
        """Who has one alone does not wait for another one: two could wait for each other."""
        if lent.config["kind"] != "stdio":
            return True
        of_key = len(self._processes.of(lent.key))
        if any(each.own for each in lent.siblings):
            return True
        if of_key >= self._most_of_each:
            return False
        if sum(each.config["kind"] == "stdio" for each in self._processes) < self._most:
            return True
        return self._processes.made_room() or of_key == 0

    def _is_made_of(self, whose: str, lent: Lent) -> None:
        """If an agent's server is made of other variables, say, than before, the process before ends now."""
        place = (whose, str(lent.config.get("project", "")), lent.name)
        before = self._made_of.pop(place, lent.key)
        self._made_of[place] = lent.key
        if len(self._made_of) > MOST_KNOWN:
            del self._made_of[next(iter(self._made_of))]
        if not self._is_wanted(before):
            for server in self._processes.of(before):
                server.retired = True
                self.settle(server)

    def _is_wanted(self, key: str) -> bool:
        return key in self._made_of.values()

    async def aclose(self) -> None:
        await self._processes.aclose()
