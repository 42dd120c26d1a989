"""What is told of MCP servers: that they start, what they write on standard error, log and report."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from stigmer_api.masking import Masker
from stigmerd.agents.mcp.inbound.listening import Listening
from stigmerd.agents.mcp.server import PooledServer
from stigmerd.agents.printed import PrintedStream
from stigmerd.agents.reporter import AgentReporter


class Told:
    """Of the servers of one execution."""

    def __init__(self, reporter: AgentReporter, masker: Masker) -> None:
        self._reporter = reporter
        self._masker = masker
        self._inbound = Listening(reporter, masker)

    @asynccontextmanager
    async def opening(self, server: PooledServer) -> AsyncIterator[None]:
        """That it is awaited, if it is not up yet; and then which of its tools are of no use."""
        if not server.opening:
            yield
            self._left_out(server)
            return
        on = f"mcp_server {server.name}"
        self._reporter.tell("wait", on=on, text=f"starting the MCP server {server.name}")
        try:
            yield
        finally:
            self._reporter.tell("wait_over", on=on)
        self._left_out(server)

    @asynccontextmanager
    async def listening(self, servers: Sequence[PooledServer]) -> AsyncIterator[None]:
        """To what they write, also what they wrote since they were started."""
        heard = [(server, standard_error(server.name, self._reporter, self._masker)) for server in servers]
        for server, errors in heard:
            server.listen(errors.lines.feed)
        try:
            with self._inbound.to([server.inbound for server in servers]):
                yield
        finally:
            for server, errors in heard:
                server.listen(None)
                errors.end()

    def _left_out(self, server: PooledServer) -> None:
        for tool, why in server.left_out.items():
            text = f"warning: the tool {tool} is left out: {why}"
            self._reporter.tell("print", source="mcp_server", name=server.name, stream="log", text=text)


def standard_error(name: str, reporter: AgentReporter, masker: Masker) -> PrintedStream:
    """What one server writes there."""
    return PrintedStream(reporter, masker, {"source": "mcp_server", "name": name, "stream": "stderr"})
