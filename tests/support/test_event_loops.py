"""What a loop leaves behind in gRPC's queue is no error of the next test."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import grpc
import pytest

CALL = "/service/wait"
CALLS = 4


@pytest.fixture
def answered() -> Event:
    return Event()


@pytest.fixture
def arrived() -> Barrier:
    return Barrier(CALLS + 1, timeout=20)


@pytest.fixture
def address(arrived: Barrier, answered: Event) -> Iterator[str]:
    def wait(request: bytes, context: grpc.ServicerContext) -> bytes:
        arrived.wait()
        answered.wait(20)
        return b""

    handler = grpc.unary_unary_rpc_method_handler(wait)
    server = grpc.server(ThreadPoolExecutor(2 * CALLS))
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("service", {"wait": handler}),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield f"127.0.0.1:{port}"
    server.stop(0)


def test_an_answer_for_a_closed_loop_is_nobodys_error(
    address: str, arrived: Barrier, answered: Event
) -> None:
    async def begin() -> object:
        channel = grpc.aio.insecure_channel(address)
        calls = [asyncio.ensure_future(channel.unary_unary(CALL)(b"").code()) for _ in range(CALLS)]
        await asyncio.to_thread(arrived.wait)
        return channel, calls

    async def another() -> list[object]:
        errors: list[object] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: errors.append(context))
        async with grpc.aio.insecure_channel(address) as channel:
            calls = [asyncio.ensure_future(channel.unary_unary(CALL)(b"").code()) for _ in range(CALLS)]
            await asyncio.to_thread(arrived.wait)
            answered.set()
            await asyncio.gather(*calls)
        return errors

    closed = asyncio.new_event_loop()
    kept = closed.run_until_complete(begin())
    closed.close()
    assert asyncio.run(another()) == []
    assert kept


def test_other_calls_into_a_closed_loop_are_errors() -> None:
    loop = asyncio.new_event_loop()
    loop.close()
    with pytest.raises(RuntimeError, match="closed"):
        loop.call_soon_threadsafe(print)
