"""What is told of MCP servers: that they start, what they write on standard error, log and report."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

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

    @contextmanager
    def execution(self) -> Iterator[None]:
        """While it works, in the task that does."""
        with self._inbound.to([]):
            yield

    @contextmanager
    def hearing(self, server: PooledServer) -> Iterator[None]:
        """To what it tells and writes, also what it wrote before and nobody has heard."""
        errors = standard_error(server.name, self._reporter, self._masker)
        try:
            with server.inbound.hears(self._inbound), server.listening(errors.lines.feed):
                yield
        finally:
            errors.end()

    @contextmanager
    def busy(self, name: str, count: int, most: int) -> Iterator[None]:
        """While all are."""
        on = f"mcp_server {name}"
        why = f"{count} of {count} are busy" if count else f"{most} processes of servers are busy"
        self._reporter.tell("wait", on=on, text=f"waiting for the MCP server {name}: {why}")
        try:
            yield
        finally:
            self._reporter.tell("wait_over", on=on)

    def _left_out(self, server: PooledServer) -> None:
        for tool, why in server.left_out.items():
            self._reporter.warn(f'the tool {tool} of the MCP server "{server.name}" is left out: {why}')


def standard_error(name: str, reporter: AgentReporter, masker: Masker) -> PrintedStream:
    """What one server writes there."""
    return PrintedStream(reporter, masker, {"source": "mcp_server", "name": name, "stream": "stderr"})
