"""A server in front of a backend: it passes calls on, keeps some back, and may lack our extension."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import grpc
import grpc.aio

from runcmd.backend.address import Address
from runcmd.pipeline import Connect

EXTENSION = "/stigmer.devloop."
STREAMS = ("/subscribe", "/watch")
INTERNAL = ("grpc-", "user-agent", ":")


class Front(grpc.GenericRpcHandler):
    """Bytes in, bytes out."""

    def __init__(self, channel: grpc.aio.Channel, *, extension: bool) -> None:
        self.calls: list[str] = []
        self._channel = channel
        self._extension = extension
        self._held: dict[str, anyio.Event] = {}
        self._arrived: dict[str, anyio.Event] = {}

    def hold(self, method: str) -> None:
        """The next call of it waits for `release`; the backend hears of it only then."""
        self._held[method], self._arrived[method] = anyio.Event(), anyio.Event()

    async def arrived(self, method: str) -> None:
        with anyio.fail_after(40):
            await self._arrived[method].wait()

    def release(self, method: str) -> None:
        self._held.pop(method).set()

    def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler[Any, Any] | None:
        path = details.method
        if not self._extension and path.startswith(EXTENSION):
            return None  # which the client hears as UNIMPLEMENTED
        metadata = [
            (key, value) for key, value in details.invocation_metadata or () if not key.startswith(INTERNAL)
        ]

        async def unary(request: bytes, context: Any) -> bytes:
            method = path.rpartition("/")[2]
            self.calls.append(method)
            if (held := self._held.get(method)) is not None:
                self._arrived[method].set()
                # As a backend goes on with a call whose client has gone.
                with anyio.CancelScope(shield=True):
                    await held.wait()
            try:
                return await self._channel.unary_unary(path)(request, metadata=metadata)  # type: ignore[no-any-return]
            except grpc.aio.AioRpcError as error:
                await context.abort(error.code(), error.details() or "")
                raise

        async def stream(request: bytes, context: Any) -> AsyncIterator[bytes]:
            try:
                async for message in self._channel.unary_stream(path)(request, metadata=metadata):
                    yield message
            except grpc.aio.AioRpcError as error:
                await context.abort(error.code(), error.details() or "")

        if path.endswith(STREAMS):
            return grpc.unary_stream_rpc_method_handler(stream)
        return grpc.unary_unary_rpc_method_handler(unary)


@asynccontextmanager
async def in_front_of(
    connect: Connect, directory: Path, *, extension: bool = True
) -> AsyncIterator[tuple[Front, Connect]]:
    """The front, and the way to it."""
    target = f"unix:{directory / 'front'}"
    async with grpc.aio.insecure_channel((await connect()).target) as channel:
        front = Front(channel, extension=extension)
        server = grpc.aio.server()
        server.add_generic_rpc_handlers((front,))
        server.add_insecure_port(target)
        await server.start()

        async def to_front() -> Address:
            return Address(target=target)

        yield front, to_front
        await server.stop(None)
