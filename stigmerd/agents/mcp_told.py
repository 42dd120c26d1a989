"""What is told of MCP servers: that they start, and what they write on standard error."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from stigmer_api.masking import Masker
from stigmerd.agents.mcp_server import PooledServer
from stigmerd.agents.reporter import AgentReporter
from stigmerd.process.lines import PrintedLines


class Told:
    """Of the servers of one execution."""

    def __init__(self, reporter: AgentReporter, masker: Masker) -> None:
        self._reporter = reporter
        self._masker = masker

    @asynccontextmanager
    async def opening(self, server: PooledServer) -> AsyncIterator[None]:
        """That it is awaited, if it is not up yet."""
        if not server.opening:
            yield
            return
        on = f"mcp_server {server.name}"
        self._reporter.tell("wait", on=on, text=f"starting the MCP server {server.name}")
        try:
            yield
        finally:
            self._reporter.tell("wait_over", on=on)

    @asynccontextmanager
    async def listening(self, servers: Sequence[PooledServer]) -> AsyncIterator[None]:
        """To what they write, also what they wrote since they were started."""
        heard = [(server, PrintedLines([self._masker], self._teller(server.name))) for server in servers]
        for server, lines in heard:
            server.listen(lines.feed)
        try:
            yield
        finally:
            for server, lines in heard:
                server.listen(None)
                lines.end()

    def _teller(self, name: str) -> Callable[[str], None]:
        def tell(text: str) -> None:
            self._reporter.tell("print", source="mcp_server", name=name, stream="stderr", text=text)

        return tell
