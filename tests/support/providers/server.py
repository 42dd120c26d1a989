"""A fake provider: a server on loopback that answers in a wire format, and remembers what it was asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.support.providers.answers import Answer, Fail, Hold, Raw, Reply, Request, answer_of
from tests.support.providers.wires.table import WIRES, Wire


@dataclass
class FakeProvider:
    """`env` leads to it: what a shell or an execution would say."""

    wire: Wire
    url: str
    replies: Sequence[Reply]
    requests: list[Request] = field(default_factory=list)
    connections: int = 0  # opened so far
    lock: threading.Lock = field(default_factory=threading.Lock)

    KEY = "sk-fake-abcdefghijkl"

    @property
    def env(self) -> dict[str, str]:
        return self.wire.env(self.url, self.KEY)

    @property
    def model(self) -> str:
        """`provider:name` of the model that it plays."""
        return self.wire.model

    def take(self, request: Request) -> Answer | Fail | Raw:
        """The next answer; the last one again and again."""
        with self.lock:
            index = min(len(self.requests), len(self.replies) - 1)
            self.requests.append(request)
        return answer_of(self.replies[index], request)


@contextmanager
def fake(wire: str, *replies: Reply) -> Iterator[FakeProvider]:
    """`wire`: a name of `wires/table.py`. Each reply answers one request; the last one all that follow."""

    class Here(Handler):
        provider = FakeProvider(WIRES[wire], "", replies or ("Hello.",))

    server = ThreadingHTTPServer(("127.0.0.1", 0), Here)
    server.daemon_threads = True
    Here.provider.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield Here.provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    provider: FakeProvider

    def setup(self) -> None:
        super().setup()
        with self.provider.lock:
            self.provider.connections += 1

    def do_POST(self) -> None:
        data = self.rfile.read(int(self.headers["Content-Length"] or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request("POST", self.path, headers, json.loads(data) if data else None)
        match self.provider.take(request):
            case Raw(body, kind, status, more):
                self._whole(body.encode() if isinstance(body, str) else body, kind, status, dict(more))
            case Fail() as fail:
                body = json.dumps(self.provider.wire.error(fail)).encode()
                self._whole(body, "application/json", fail.status, dict(fail.headers))
            case answer:
                self._stream(answer, request)

    def do_GET(self) -> None:
        if self.path.endswith("/models"):
            listed = {"data": [{"id": self.provider.model.partition(":")[2], "object": "model"}]}
            self._whole(json.dumps(listed).encode(), "application/json", 200, {})
        else:
            self._whole(b"", "text/plain", 404, {})

    def _whole(self, body: bytes, kind: str, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _stream(self, answer: Answer, request: Request) -> None:
        self.send_response(200)
        self.send_header("Content-Type", self.provider.wire.kind)
        self.send_header("Transfer-Encoding", "chunked")
        # A cookie that nobody may bring back.
        self.send_header("Set-Cookie", "seen=once; Path=/")
        self.end_headers()
        sent = 0
        try:
            for event in self.provider.wire.events(answer, request):
                if answer.events is not None and sent >= answer.events:
                    self.close_connection = True
                    return
                if isinstance(event, Hold):
                    event.reached.set()
                    event.until.wait()
                    continue
                self.wfile.write(b"%x\r\n%s\r\n" % (len(event), event))
                sent += 1
            self.wfile.write(b"0\r\n\r\n")
        except ConnectionError:  # who asked is gone
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass
