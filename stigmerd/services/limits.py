"""What the listeners bear: sizes, numbers and times for whoever comes in, with a token or without."""

from __future__ import annotations

import resource
from dataclasses import dataclass
from typing import Final

from stigmerd.services.memory_budget import MemoryBudget

MEBIBYTE = 1024 * 1024
MAX_MESSAGE_BYTES = 10 * MEBIBYTE
SMALL_BYTES = 64 * 1024  # reserves no memory on its way out: the number of calls bounds these

FEWEST_CONNECTIONS = 4
MOST_STREAMS = 100  # calls at a time on one connection to a port


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestBounds:
    """What may come in at a time by all listeners of a kind."""

    messages: int  # of the biggest size, in memory
    seconds: float  # for a message to come in, or to be taken by who asked for it
    connections: int | None = None
    calls: int | None = None


OWNER: Final = RequestBounds(messages=40, seconds=300)  # a suspended client of our own is waited for
WITH_TOKEN: Final = RequestBounds(messages=20, seconds=60, connections=256, calls=2000)
WITHOUT_TOKEN: Final = RequestBounds(messages=4, seconds=30, connections=64, calls=256)

HANDSHAKE_SECONDS = 5  # for a connection to say that it speaks HTTP/2
IDLE_SECONDS = 300  # for a connection without a call; a client opens another one when it needs it
RESERVED_DESCRIPTORS = 48  # for the socket of the owner, files and helpers

UNIX: Final = "unix:"  # what addresses and peers begin with that are sockets

Options = tuple[tuple[str, int], ...]

EVERYWHERE: Final[Options] = (
    ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
    ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
    ("grpc.so_reuseport", 0),  # two servers on one port would each get some of the calls
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.min_ping_interval_without_data_ms", 5000),
    # Otherwise gRPC buffers up to 4 MiB of a message that nobody reads; so it is 64 KiB.
    ("grpc.http2.bdp_probe", 0),
    ("grpc.server_handshake_timeout_ms", HANDSHAKE_SECONDS * 1000),
)


def bounds_of_ports(*, locked: bool) -> RequestBounds:
    """`locked`: the ports ask for a token."""
    return WITH_TOKEN if locked else WITHOUT_TOKEN


def port_options(bounds: RequestBounds, ports: int) -> Options:
    """For each of so many ports."""
    return (
        *EVERYWHERE,
        ("grpc.max_allowed_incoming_connections", _connections(bounds, ports)),
        ("grpc.max_concurrent_streams", MOST_STREAMS),
        ("grpc.max_connection_idle_ms", IDLE_SECONDS * 1000),
        # A peer that vanished without a word is found out.
        ("grpc.keepalive_time_ms", 60_000),
        ("grpc.keepalive_timeout_ms", 20_000),
    )


def _connections(bounds: RequestBounds, ports: int) -> int:
    """Fewer where the system gives us few descriptors."""
    descriptors = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    most = min(bounds.connections or descriptors, (descriptors - RESERVED_DESCRIPTORS) // 2)
    return max(FEWEST_CONNECTIONS, most // max(ports, 1))


class MemoryBudgets:
    """One for the owner's sockets, one for the ports."""

    def __init__(self, *, locked: bool) -> None:
        self._owner = _budget(OWNER)
        self._ports = _budget(bounds_of_ports(locked=locked))

    def of(self, peer: str) -> MemoryBudget:
        return self._owner if peer.startswith(UNIX) else self._ports


def _budget(bounds: RequestBounds) -> MemoryBudget:
    return MemoryBudget(bounds.messages * MAX_MESSAGE_BYTES, bounds.seconds)
