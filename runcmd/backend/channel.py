"""gRPC channels: how patient one is, and how a loop keeps one for the whole of its life."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

from stigmer_api.shortage import threads_can_be_had

if TYPE_CHECKING:
    import grpc.aio

    from runcmd.backend.address import Address

RECEIVE_BYTES = 64 << 20  # a snapshot is whole; servers send up to 10 MiB
# A Go server with its usual settings hangs up on pings that come more often than each 5 minutes.
KEEPALIVE_MS = 310_000
# Where nobody listens the refusal comes at once, and the next attempt soon.
FIRST_BACKOFF_MS = 100
LONGEST_BACKOFF_MS = 500
# gRPC calls it a back-off; it is how long somebody who listens may take until he answers. A busy one takes
# seconds: a machine of two cores that runs thirty commands, a backend that was stopped for a moment.
CONNECT_MS = 10_000


class Channels:
    """Those that are open."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, bool], grpc.aio.Channel] = {}

    def to(self, address: Address) -> grpc.aio.Channel:
        key = address.target, address.tls
        if key not in self._open:
            self._open[key] = _new(address)
        return self._open[key]

    async def aclose(self) -> None:
        while self._open:
            _, channel = self._open.popitem()
            await channel.close(grace=None)


_kept: ContextVar[Channels | None] = ContextVar("kept channels", default=None)


@asynccontextmanager
async def keep_channels() -> AsyncIterator[None]:
    """Within, a channel stays open for whoever needs it next.

    With the last channel gRPC takes its threads and descriptors to pieces, and makes them anew for the next.
    """
    channels = Channels()
    token = _kept.set(channels)
    try:
        yield
    finally:
        _kept.reset(token)
        await channels.aclose()


@asynccontextmanager
async def open_channel(address: Address) -> AsyncIterator[grpc.aio.Channel]:
    """Connects when first used."""
    kept = _kept.get()
    if kept is not None:
        yield kept.to(address)
        return
    channel = _new(address)
    try:
        yield channel
    finally:
        await channel.close(grace=None)


def _new(address: Address) -> grpc.aio.Channel:
    """Raises UsageError if the file with the certificates that it may trust cannot be used."""
    threads_can_be_had()
    import grpc.aio

    if address.tls:
        from runcmd.backend.authorities import trusted

        credentials = grpc.ssl_channel_credentials(trusted(address.ca_file))
        return grpc.aio.secure_channel(address.target, credentials, options=_options(address))
    return grpc.aio.insecure_channel(address.target, options=_options(address))


def _options(address: Address) -> list[tuple[str, int]]:
    options = [
        ("grpc.max_receive_message_length", RECEIVE_BYTES),
        ("grpc.max_send_message_length", RECEIVE_BYTES),
        ("grpc.initial_reconnect_backoff_ms", FIRST_BACKOFF_MS),
        ("grpc.min_reconnect_backoff_ms", CONNECT_MS),
        ("grpc.max_reconnect_backoff_ms", LONGEST_BACKOFF_MS),
    ]
    if address.tls:
        return [*options, ("grpc.keepalive_time_ms", KEEPALIVE_MS), ("grpc.keepalive_timeout_ms", 20_000)]
    # A proxy of the environment is not for a backend on this machine or in this network.
    return [*options, ("grpc.enable_http_proxy", 0)]
