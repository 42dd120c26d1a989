"""What is told of MCP servers: that they start, what they write on standard error, log and report."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from stigmer_api.masking import Masker
from stigmerd.agents.mcp.inbound.listening import Listening
from stigmerd.agents.mcp.server import PooledServer
from stigmerd.agents.reporter import AgentReporter
from stigmerd.process.lines import PrintedLines

MOST_CHARACTERS = 256 << 10  # that a server writes in a second


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
        heard = [(server, StandardError(server.name, self._reporter, self._masker)) for server in servers]
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


class StandardError:
    """What one server writes: no more than a part of it in a second, or others would wait behind it."""

    def __init__(self, name: str, reporter: AgentReporter, masker: Masker) -> None:
        self.lines = PrintedLines([masker], self._tell)
        self._name = name
        self._reporter = reporter
        self._second = 0
        self._passed = 0  # characters, in this second
        self._left_out = 0

    def end(self) -> None:
        self.lines.end()
        self._second = 0
        if self._left_out:
            self._tell("")

    def _tell(self, text: str) -> None:
        second = int(time.monotonic())
        if second != self._second:
            self._second, self._passed = second, 0
        if self._passed > MOST_CHARACTERS:
            self._left_out += len(text)
            return
        self._passed += len(text)
        if self._left_out:
            text = f"… {self._left_out:,} characters are left out\n{text}".rstrip("\n")
            self._left_out = 0
        self._reporter.tell("print", source="mcp_server", name=self._name, stream="stderr", text=text)
