"""Lines of JSON over a Unix socket, and descriptors that come with them."""

from __future__ import annotations

import json
import os
import socket
import struct
from contextlib import suppress
from typing import Any

TWO = "2i"  # descriptors
READ_BYTES = 1 << 16

Message = dict[str, Any]


class Channel:
    """One end."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._data = b""
        self._descriptors: list[int] = []

    @property
    def number(self) -> int:
        return self._socket.fileno()

    def receive(self) -> Message | None:
        """The next message; None when nobody is at the other end any more."""
        while b"\n" not in self._data:
            try:
                # Not recv_fds(): it imports a module, where a program could see it.
                data, parts, _, _ = self._socket.recvmsg(READ_BYTES, socket.CMSG_LEN(struct.calcsize(TWO)))
            except ConnectionError:
                return None
            if not data:
                return None
            self._data += data
            self._descriptors += [number for _, _, part in parts for number in struct.unpack(TWO, part)]
        line, _, self._data = self._data.partition(b"\n")
        message: Message = json.loads(line)
        return message

    def send(self, message: Message) -> None:
        with suppress(ConnectionError):
            self._socket.sendall(_line(message))

    def send_with(self, message: Message, descriptors: list[int]) -> bool:
        """Sends a short message with two descriptors. False: nobody is there."""
        rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, struct.pack(TWO, *descriptors))
        try:
            self._socket.sendmsg([_line(message)], [rights])
        except ConnectionError:
            return False
        return True

    def descriptors(self) -> list[int]:
        """Those that came so far; the caller closes them."""
        taken, self._descriptors = self._descriptors, []
        return taken

    def close(self) -> None:
        """With the descriptors that came and that nobody took: the next request may have come with the last
        message of the one before."""
        self._socket.close()
        for number in self.descriptors():
            os.close(number)


def connected(number: int) -> Channel:
    """The socket with this number."""
    return Channel(socket.socket(fileno=number))


def _line(message: Message) -> bytes:
    return json.dumps(message).encode() + b"\n"
