"""D10, of a kind: a connection that the server closed while it was idle is not used again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from stigmerd.engine.limits import Retries
from tests.stigmerd.engine.bench import QUICK, Agents, Bench
from tests.support.tasks import task

ONCE = replace(QUICK, http_retries=Retries(attempts=1))  # a second attempt would hide it
ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    opened = Bench(None, Agents(), ONCE)
    async with opened.engine:
        yield opened
    opened.store.close()


async def test_a_server_that_closes_what_is_idle(bench: Bench) -> None:
    asked = 0
    closed = asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        await reader.readuntil(b"\r\n\r\n")
        asked += 1
        writer.write(ANSWER)  # which promises to keep it open
        await writer.drain()
        writer.close()
        await writer.wait_closed()
        closed.set()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    call = {"method": "POST", "endpoint": {"uri": f"http://127.0.0.1:{port}/"}, "timeout_seconds": 5}
    for number in (1, 2, 3):
        ended = await bench.run(task("call", "HTTP_CALL", call))
        assert ended.status.phase == 3, ended.status.error
        await closed.wait()
        closed.clear()
        assert asked == number
    server.close()
    await server.wait_closed()
