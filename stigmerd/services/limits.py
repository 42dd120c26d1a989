"""What the doors bear: sizes, numbers and times that hold for whoever comes in, with a token or without."""

from __future__ import annotations

import resource
from typing import Final

from stigmerd.services.room import Room

MEBIBYTE = 1024 * 1024
MAX_MESSAGE_BYTES = 10 * MEBIBYTE
SMALL_BYTES = 64 * 1024  # needs no room of its own on its way out: the number of calls bounds these

# Messages in memory, on all connections together, and the seconds that one may be on its way.
OWNER_MESSAGES, OWNER_SECONDS = 40, 300  # a suspended client of our own is waited for
TOKEN_MESSAGES, TOKEN_SECONDS = 20, 60
OPEN_MESSAGES, OPEN_SECONDS = 4, 30

MOST_CONNECTIONS = 64  # to the ports, together; the sockets of the owner have no such limit
FEWEST_CONNECTIONS = 4
MOST_STREAMS = 100  # calls at a time on one connection
MOST_CALLS = 256  # at a time, on all connections to the ports
HANDSHAKE_SECONDS = 5  # for a connection to say that it speaks HTTP/2
IDLE_SECONDS = 300  # for a connection without a call; a client opens another one when it needs it
RESERVED_DESCRIPTORS = 48  # for the socket of the owner, files and helpers

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


def port_options() -> Options:
    return (
        *EVERYWHERE,
        ("grpc.max_allowed_incoming_connections", most_connections()),
        ("grpc.max_concurrent_streams", MOST_STREAMS),
        ("grpc.max_connection_idle_ms", IDLE_SECONDS * 1000),
        # A peer that vanished without a word is found out.
        ("grpc.keepalive_time_ms", 60_000),
        ("grpc.keepalive_timeout_ms", 20_000),
    )


def most_connections() -> int:
    """Fewer where the system gives us few descriptors."""
    descriptors = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return max(FEWEST_CONNECTIONS, min(MOST_CONNECTIONS, (descriptors - RESERVED_DESCRIPTORS) // 2))


class Rooms:
    """One for the owner's sockets, one for the ports."""

    def __init__(self, *, locked: bool) -> None:
        """`locked`: the ports ask for a token."""
        messages, seconds = (TOKEN_MESSAGES, TOKEN_SECONDS) if locked else (OPEN_MESSAGES, OPEN_SECONDS)
        self._owner = Room(OWNER_MESSAGES * MAX_MESSAGE_BYTES, OWNER_SECONDS)
        self._ports = Room(messages * MAX_MESSAGE_BYTES, seconds)

    def of(self, peer: str) -> Room:
        return self._owner if peer.startswith("unix:") else self._ports
