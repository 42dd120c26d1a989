"""A program that speaks MCP on its standard input and output, one message in a line."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TextIO, Unpack

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from fastmcp.client.transports.base import ClientTransport, SessionKwargs, TransportOptions
from mcp import ClientSession
from mcp.shared.message import SessionMessage
from mcp_types import JSONRPCMessage

from stigmerd.agents.mcp.wire.answers import Noise, Unreadable, read
from stigmerd.agents.mcp.wire.lines import BoundedLines
from stigmerd.agents.mcp.wire.pending import Pending

LONGEST_LINE = 16 << 20  # bytes
READ_BYTES = 64 << 10
GOODBYE_SECONDS = 2.0  # after its input is closed; the specification asks for that order
TERMINATE_SECONDS = 2.0
WAITING = 64  # messages, if it does not read: what cancels a call must not wait for it

Outgoing = MemoryObjectReceiveStream[SessionMessage]
Incoming = MemoryObjectSendStream[SessionMessage | Exception]


class StdioTransport(ClientTransport):
    """Starts the program with each connection, in a process group of its own, and ends it after."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        env: Mapping[str, str],
        cwd: str,
        log: TextIO,
        noise: Callable[[str], None],
        longest: int = LONGEST_LINE,
    ) -> None:
        """`log` is its standard error; `noise` hears what it prints that is no message."""
        self._command = command
        self._env = env
        self._cwd = cwd
        self._log = log
        self._noise = noise
        self._longest = longest
        self.closed = False  # it reads or writes no more

    @asynccontextmanager
    async def connect_session(
        self, *, transport_options: TransportOptions | None = None, **session_kwargs: Unpack[SessionKwargs]
    ) -> AsyncGenerator[ClientSession, None]:
        options = transport_options or TransportOptions()
        process = await asyncio.create_subprocess_exec(
            *self._command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=self._log,
            env=self._env,
            cwd=self._cwd,
            start_new_session=True,
        )
        try:
            async with (
                self._messages(process) as (incoming, outgoing),
                options.session_class(incoming, outgoing, **session_kwargs) as session,
            ):
                yield session
        finally:
            with anyio.CancelScope(shield=True):
                await ended(process)

    @asynccontextmanager
    async def _messages(
        self, process: asyncio.subprocess.Process
    ) -> AsyncIterator[
        tuple[MemoryObjectReceiveStream[SessionMessage | Exception], MemoryObjectSendStream[SessionMessage]]
    ]:
        to_session, from_server = anyio.create_memory_object_stream[SessionMessage | Exception](0)
        to_server, from_session = anyio.create_memory_object_stream[SessionMessage](WAITING)
        pending = Pending()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._read, process, to_session, pending)
            tasks.start_soon(self._write, process, from_session, to_session, pending)
            try:
                yield from_server, to_server
            finally:
                tasks.cancel_scope.cancel()
                for stream in (from_server, to_server, to_session, from_session):
                    stream.close()

    async def _read(
        self, process: asyncio.subprocess.Process, to_session: Incoming, pending: Pending
    ) -> None:
        assert process.stdout is not None
        lines = BoundedLines(self._longest)
        with contextlib.suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):
            while data := await process.stdout.read(READ_BYTES):
                for line in lines.feed(data):
                    for message in self._understood(pending, read(line)):
                        await to_session.send(SessionMessage(message))
        self._close(to_session)  # nothing more will be answered

    def _understood(
        self, pending: Pending, found: JSONRPCMessage | Unreadable | Noise | None
    ) -> list[JSONRPCMessage]:
        match found:
            case None:
                return []
            case Noise(text=text):
                self._noise(text)
                return []
            case Unreadable():
                return pending.unreadable(found)
        return pending.heard(found)

    async def _write(
        self,
        process: asyncio.subprocess.Process,
        from_session: Outgoing,
        to_session: Incoming,
        pending: Pending,
    ) -> None:
        assert process.stdin is not None
        try:
            async for sent in from_session:
                pending.sent(sent.message)
                try:
                    text = sent.message.model_dump_json(by_alias=True, exclude_unset=True)
                except ValueError as error:  # half a character in an argument
                    for message in pending.unsendable(sent.message, str(error)):
                        await to_session.send(SessionMessage(message))
                    continue
                process.stdin.write(f"{text}\n".encode())
                await process.stdin.drain()
        except (OSError, anyio.BrokenResourceError, anyio.ClosedResourceError):
            self._close(to_session)  # it reads no more: nobody may wait for an answer

    def _close(self, to_session: Incoming) -> None:
        self.closed = True
        to_session.close()


async def ended(process: asyncio.subprocess.Process) -> None:
    """First it is asked to, by the end of its input."""
    assert process.stdin is not None
    process.stdin.close()
    if not await _gone(process, GOODBYE_SECONDS):
        _signal(process, signal.SIGTERM)
        if not await _gone(process, TERMINATE_SECONDS):
            _signal(process, signal.SIGKILL)
            await _gone(process, TERMINATE_SECONDS)
    # What it started may hold its pipes; they are not waited for.
    process._transport.close()  # type: ignore[attr-defined]


async def _gone(process: asyncio.subprocess.Process, seconds: float) -> bool:
    """Not `process.wait()`: that also waits for a child that has inherited the pipes."""
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds
    while process.returncode is None:
        if loop.time() > until:
            return False
        await asyncio.sleep(0.01)
    return True


def _signal(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)
