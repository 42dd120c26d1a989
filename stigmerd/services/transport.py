"""The listeners: a Unix socket for its owner, TCP for who has the token."""

from __future__ import annotations

import hmac
import re
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import grpc

from stigmer_api.listening import WRITE, mistake_in, why_not
from stigmerd.services.limits import EVERYWHERE, UNIX, Options, bounds_of_ports, port_options

TOKEN = re.compile(r"[A-Za-z0-9_-]{32,512}")
LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


class AddressError(Exception):
    """An address that cannot, or must not, be listened on; `hint` is what to try."""

    code = "E0533"

    def __init__(self, text: str, hint: str = "") -> None:
        super().__init__(text)
        self.hint = hint


class Listeners:
    """One gRPC server for the sockets, another one that asks for the token."""

    def __init__(self, handlers: Sequence[grpc.GenericRpcHandler], token: str | None) -> None:
        """`token` None: whoever reaches a port may call. Raises AddressError for one that can be guessed."""
        if token is not None and not TOKEN.fullmatch(token):
            raise AddressError(
                "a token has at least 32 letters and digits: an empty or short one protects nothing"
            )
        self._handlers = tuple(handlers)
        self._token = token
        self._servers: list[grpc.aio.Server] = []

    def bind(self, addresses: Sequence[str]) -> tuple[str, ...]:
        """The addresses with their real ports. Raises AddressError."""
        sockets = [address for address in addresses if address.startswith(UNIX)]
        ports = [address for address in addresses if not address.startswith(UNIX)]
        for address in ports:
            if mistake := mistake_in(address):
                raise AddressError(f'cannot listen on "{address}": {mistake}', WRITE)
            _refuse_open_port(address, self._token)
        interceptors = [BearerToken(self._token)] if self._token is not None else []
        bounds = bounds_of_ports(locked=self._token is not None)
        opened = {
            **self._bind(sockets, [], EVERYWHERE),
            **self._bind(ports, interceptors, port_options(bounds, len(ports)), bounds.calls),
        }
        return tuple(opened[address] for address in addresses)

    async def open(self) -> None:
        """From now on calls are answered."""
        for server in self._servers:
            await server.start()

    async def close(self, grace_seconds: float) -> None:
        for server in self._servers:
            await server.stop(grace_seconds)

    def _bind(
        self,
        addresses: Sequence[str],
        interceptors: Sequence[grpc.aio.ServerInterceptor],
        options: Options,
        most_calls: int | None = None,
    ) -> dict[str, str]:
        if not addresses:
            return {}
        server = grpc.aio.server(
            interceptors=tuple(interceptors), options=options, maximum_concurrent_rpcs=most_calls
        )
        server.add_generic_rpc_handlers(self._handlers)
        self._servers.append(server)
        return {address: _bound(server, address) for address in addresses}


class BearerToken(grpc.aio.ServerInterceptor):
    """Answers UNAUTHENTICATED to whoever does not have it."""

    def __init__(self, token: str) -> None:
        self._expected = f"Bearer {token}".encode()

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[grpc.RpcMethodHandler[Any, Any] | None]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> grpc.RpcMethodHandler[Any, Any] | None:
        metadata = dict(handler_call_details.invocation_metadata or ())
        sent = metadata.get("authorization", "")
        if hmac.compare_digest(sent.encode() if isinstance(sent, str) else sent, self._expected):
            return await continuation(handler_call_details)
        # As a stream: what is sent is refused by its headers, and not read.
        return grpc.stream_stream_rpc_method_handler(_unauthenticated)


async def _unauthenticated(_: object, context: grpc.aio.ServicerContext[Any, Any]) -> None:
    await context.abort(
        grpc.StatusCode.UNAUTHENTICATED,
        "this address needs a token: send the metadata `authorization: Bearer <token>`; the token is in the "
        "file `token` of the backend's data directory",
    )


def _refuse_open_port(address: str, token: str | None) -> None:
    host = address.rpartition(":")[0]
    if token is None and host not in LOOPBACK:
        raise AddressError(
            f"{address}: without a token only loopback addresses ({', '.join(LOOPBACK)}) can be listened on",
            "leave --no-auth out, or listen on 127.0.0.1",
        )


def _bound(server: grpc.aio.Server, address: str) -> str:
    try:
        port = server.add_insecure_port(address)
    except RuntimeError as error:
        # gRPC says only that it could not, and how to debug gRPC.
        reason, hint = (str(error), "") if address.startswith(UNIX) else why_not(address)
        raise AddressError(f"cannot listen on {address}: {reason}", hint) from error
    if address.startswith(UNIX):
        Path(address.removeprefix(UNIX)).chmod(0o600)
        return address
    return f"{address.rpartition(':')[0]}:{port}"
