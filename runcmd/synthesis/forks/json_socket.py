"""Lines of JSON over a Unix socket, and descriptors that come with them, for an event loop."""

from __future__ import annotations

import json
import os
import socket
import struct
from collections.abc import Sequence
from typing import Any

import anyio

READ_BYTES = 1 << 16
MOST_DESCRIPTORS = 2  # with one message

Message = dict[str, Any]


class JsonSocket:
    """One end. Descriptors that came and that nobody took are closed with it."""

    def __init__(self, connection: socket.socket) -> None:
        connection.setblocking(False)
        self._socket = connection
        self._data = b""
        self._descriptors: list[int] = []

    async def send(self, message: Message, descriptors: Sequence[int] = ()) -> None:
        """To nobody, when the other end is gone: then it does not answer, either."""
        data = json.dumps(message).encode() + b"\n"
        while data:
            try:
                sent = socket.send_fds(self._socket, [data], descriptors)
            except BlockingIOError:
                await anyio.wait_writable(self._socket)
                continue
            except OSError:
                return
            data, descriptors = data[sent:], ()

    async def receive(self) -> Message | None:
        """The next message; None when nobody is at the other end any more."""
        while b"\n" not in self._data:
            try:
                data = self._read()
            except BlockingIOError:
                await anyio.wait_readable(self._socket)
                continue
            except OSError:
                return None
            if not data:
                return None
            self._data += data
        line, _, self._data = self._data.partition(b"\n")
        message: Message = json.loads(line)
        return message

    def _read(self) -> bytes:
        room = socket.CMSG_SPACE(MOST_DESCRIPTORS * struct.calcsize("i"))
        data, parts, _, _ = self._socket.recvmsg(READ_BYTES, room, socket.MSG_CMSG_CLOEXEC)
        for level, kind, numbers in parts:
            if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                count = len(numbers) // struct.calcsize("i")
                self._descriptors += struct.unpack(f"{count}i", numbers[: count * struct.calcsize("i")])
        return data

    def descriptors(self) -> list[int]:
        """Those that came so far; the caller closes them."""
        taken, self._descriptors = self._descriptors, []
        return taken

    def is_open(self) -> bool:
        """Is the other end still there, as far as can be told without reading?"""
        try:
            return bool(self._socket.recv(1, socket.MSG_PEEK))
        except BlockingIOError:
            return True
        except OSError:
            return False

    def close(self) -> None:
        self._socket.close()
        for number in self.descriptors():
            os.close(number)
