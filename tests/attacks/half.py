"""An HTTP/2 client that begins what it does not end: connections, messages, answers it never takes."""

from __future__ import annotations

import select
import socket
import struct
from collections.abc import Sequence
from contextlib import suppress

MESSAGE_BYTES = 9 << 20
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
FRAME_BYTES = 16_384
QUIET_SECONDS = 1.0
DATA, HEADERS, RESET, SETTINGS, PING, GOAWAY, WINDOW = 0, 1, 3, 4, 6, 7, 8
END_STREAM, ACK, END_HEADERS = 1, 1, 4
MAX_STREAMS, INITIAL_WINDOW = 3, 4


class Half:
    """One connection. It keeps to the rules of flow control, so that it is not hung up on for that."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.closed = False
        self.settings: dict[int, int] = {}
        self.sent: dict[int, int] = {}
        self.ended: set[int] = set()  # streams that the server has ended
        self._windows: dict[int, int] = {}
        self._window = 65_535
        self._read = b""
        self._write = b""
        self.data_bytes = 0  # that came in

    def greet(self, *, initial_window: int = 65_535) -> None:
        self._send(PREFACE + frame(SETTINGS, 0, 0, struct.pack(">HI", INITIAL_WINDOW, initial_window)))

    def call(self, path: str, message: bytes | None = None) -> None:
        """Begins a call; with a message that is sent whole, or one that `pump` never finishes."""
        stream = 1 + 2 * len(self.sent)
        self._send(frame(HEADERS, END_HEADERS, stream, headers(path)))
        if message is None:
            self.sent[stream] = self._windows[stream] = 0
        else:
            self.sent[stream] = MESSAGE_BYTES
            self._send(frame(DATA, END_STREAM, stream, b"\0" + struct.pack(">I", len(message)) + message))

    def pump(self) -> None:
        """Takes what came and sends what may be sent."""
        self.socket.setblocking(False)
        try:
            got = self.socket.recv(1 << 20)
            self.closed = self.closed or not got
            self._read += got
        except BlockingIOError:
            pass
        except OSError:
            self.closed = True
        self._take()
        if not self._write:
            for stream in self._windows:
                self._more_of(stream)
        self._flush()

    @property
    def progress(self) -> int:
        return sum(self.sent.values()) + self.data_bytes + len(self.ended) + self.closed

    def _more_of(self, stream: int) -> None:
        done = self.sent[stream]
        allowed = self.settings.get(INITIAL_WINDOW, 65_535) + self._windows[stream] - done
        count = min(FRAME_BYTES, MESSAGE_BYTES - 20_000 - done, self._window, allowed)
        if stream in self.ended or count <= 0:
            return
        content = b"x" * count
        if not done:
            content = (b"\0" + struct.pack(">I", MESSAGE_BYTES - 5) + content)[:count]
        self._write += frame(DATA, 0, stream, content)
        self.sent[stream] += count
        self._window -= count

    def _take(self) -> None:
        while len(self._read) >= 9:
            length, kind, flags, stream = head(self._read)
            if len(self._read) < 9 + length:
                return
            content, self._read = self._read[9 : 9 + length], self._read[9 + length :]
            self._understand(kind, flags, stream, content)

    def _understand(self, kind: int, flags: int, stream: int, content: bytes) -> None:
        if kind == WINDOW:
            more = int.from_bytes(content, "big")
            if stream:
                self._windows[stream] = self._windows.get(stream, 0) + more
            else:
                self._window += more
        elif kind == SETTINGS and not flags & ACK:
            for start in range(0, length := len(content), 6):
                assert length % 6 == 0
                name, value = struct.unpack(">HI", content[start : start + 6])
                self.settings[name] = value
            self._write += frame(SETTINGS, ACK, 0, b"")
        elif kind == PING and not flags & ACK:
            self._write += frame(PING, ACK, 0, content)
        elif kind == DATA:
            self.data_bytes += len(content)
        if kind == RESET or (kind in (HEADERS, DATA) and flags & END_STREAM):
            self.ended.add(stream)

    def _send(self, data: bytes) -> None:
        self.socket.setblocking(True)
        with suppress(OSError):  # hung up on already
            self.socket.sendall(data)

    def _flush(self) -> None:
        try:
            while self._write:
                self._write = self._write[self.socket.send(self._write) :]
        except BlockingIOError:
            pass
        except OSError:
            self.closed = True

    def close(self) -> None:
        self.socket.close()


def frame(kind: int, flags: int, stream: int, content: bytes) -> bytes:
    return struct.pack(">I", len(content))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + content


def head(data: bytes) -> tuple[int, int, int, int]:
    return int.from_bytes(data[:3], "big"), data[3], data[4], int.from_bytes(data[5:9], "big") & 0x7FFFFFFF


def headers(path: str) -> bytes:
    pairs = (
        (":method", "POST"),
        (":scheme", "http"),
        (":path", path),
        (":authority", "localhost"),
        ("content-type", "application/grpc"),
        ("te", "trailers"),
    )
    return b"".join(
        b"\0" + bytes([len(name)]) + name.encode() + bytes([len(value)]) + value.encode()
        for name, value in pairs
    )


def pump_until_quiet(clients: Sequence[Half]) -> None:
    """Until nobody can send any more, and nothing has come in for a while."""
    while True:
        before = sum(each.progress for each in clients)
        for each in clients:
            each.pump()
        if sum(each.progress for each in clients) == before:
            open_ones = [each.socket for each in clients if not each.closed]
            if not select.select(open_ones, [], [], QUIET_SECONDS)[0]:
                return
