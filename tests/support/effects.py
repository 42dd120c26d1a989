"""Effects as the world outside sees them: a server that counts what it was asked for."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.support.poll import PATIENCE_SECONDS

ANSWER_SECONDS = 0.02
BODY = b'{"ok": true}'


class Effects:
    """How often each path was asked for."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self._news = threading.Condition()
        effects = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                with effects._news:
                    effects.asked[self.path] += 1
                    effects._news.notify_all()
                time.sleep(ANSWER_SECONDS)  # sleeps: a server takes its time
                with suppress(ConnectionError):  # who asked was killed
                    self.send_response(200)
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", str(len(BODY)))
                    self.end_headers()
                    self.wfile.write(BODY)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def copy(self) -> Counter[str]:
        with self._news:
            return self.asked.copy()

    def wait_for(self, total: int) -> None:
        """Until it has been asked so many times in all."""
        with self._news:
            assert self._news.wait_for(lambda: self.asked.total() >= total, PATIENCE_SECONDS), self.asked

    def wait_for_more(self, than: int, seconds: float) -> None:
        with self._news:
            self._news.wait_for(lambda: self.asked.total() > than, seconds)


@contextmanager
def counted_effects() -> Iterator[Effects]:
    effects = Effects()
    thread = threading.Thread(target=effects.server.serve_forever)
    thread.start()
    try:
        yield effects
    finally:
        effects.server.shutdown()
        thread.join()
        effects.server.server_close()
