"""Does an MCP server still answer? Asked before it is lent, and after a call that was given up."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pydantic_ai.mcp import MCPToolset

ANSWER_SECONDS = 5  # of one that was idle; then another one is started


class Patient(Protocol):
    """The server."""

    name: str
    lost: bool
    in_flight: int

    @property
    def usable(self) -> bool: ...

    @property
    def toolset(self) -> MCPToolset[None] | None: ...


class ServerHealth:
    """Of one server."""

    def __init__(self, server: Patient) -> None:
        self._server = server
        self._asking: asyncio.Task[bool] | None = None
        self._recovering: asyncio.Task[None] | None = None

    @property
    def is_asked(self) -> bool:
        return self._asking is not None and not self._asking.done()

    async def answers(self) -> bool:
        """An idle server may have died unnoticed. Asked by several at once, it has to answer once."""
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._answers(), name=f"mcp: ask {self._server.name}")
        return await asyncio.shield(self._asking)

    async def _answers(self) -> bool:
        if not self._server.usable or self._server.toolset is None:
            return False
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return bool(await self._server.toolset.client.ping())
        # Whatever a foreign server makes its client raise says that it is of no use.
        except Exception:
            return False

    @property
    def doubtful(self) -> bool:
        """It may still be busy with a call that was given up."""
        return self._recovering is not None and not self._recovering.done()

    def doubt(self) -> None:
        """A call was given up; it is not lent again before it has answered something else."""
        if not self.doubtful:
            self._recovering = asyncio.create_task(self._recover(), name=f"mcp: wait for {self._server.name}")

    async def recovers(self, seconds: float) -> bool:
        """Whether it answers again so soon."""
        if self._recovering is not None:
            await asyncio.wait({self._recovering}, timeout=seconds)
        return self._server.usable and not self.doubtful

    async def _recover(self) -> None:
        while not await self.answers():
            if self._server.in_flight == 0 or not self._server.usable:  # else it may be busy with that
                self._server.lost = True
                return

    def stop(self) -> None:
        for task in (self._asking, self._recovering):
            if task is not None:
                task.cancel()
