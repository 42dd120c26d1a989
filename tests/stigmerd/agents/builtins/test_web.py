"""Pages are fetched; what is inside of a network is not."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.stigmerd.agents.builtins.asking import asking, calling, calls, said
from tests.stigmerd.agents.stage import Stage

pytest.importorskip("markdownify")

PAGES = {
    "/": ("text/html", b"<title>Home</title><h1>Hello</h1><p>a <b>b</b></p><script>x()</script>"),
    "/json": ("application/json", b'{"a": 1}'),
    "/png": ("image/png", b"\x89PNG"),
    "/long": ("text/plain", b"x" * (6 << 20)),
}


class Pages(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path.startswith("/to/"):
            self.send_response(302)
            to = self.path.removeprefix("/to/")
            self.send_header("Location", to if "//" in to else f"/{to}")
            self.end_headers()
            return
        kind, body = PAGES.get(self.path, ("", b""))
        self.send_response(200 if kind else 404)
        self.send_header("Content-Type", kind or "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with suppress(ConnectionError):
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def pages() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


async def test_pages_come_as_text(stage: Stage, tmp_path: Path, pages: str) -> None:
    addresses = [
        f"{pages}/",
        f"{pages}/json",
        f"{pages}/to/json",
        f"{pages}/png",
        f"{pages}/long",
        f"{pages}/no",
    ]
    agent = asking(
        tmp_path, *(calling("web_fetch", url=each) for each in addresses), {"say": "."}, web={"private": True}
    )
    home, data, moved, image, long, gone = map(said, calls(await stage.run(agent)))
    assert home.startswith("# Home\n\n")
    assert "a **b**" in home
    assert "x()" not in home
    assert '"a": 1' in data
    assert moved == data
    assert "is no text: image/png" in image
    assert "maximum size of 5242880 bytes" in long
    assert "404" in gone


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("{pages}/", "private/internal"),
        ("http://localhost:1/", "private/internal"),
        ("http://[::1]/", "private/internal"),
        ("http://[::ffff:127.0.0.1]/", "private/internal"),
        ("http://2130706433/", "private/internal"),
        ("http://0x7f.1/", "private/internal"),
        ("http://169.254.169.254/latest/meta-data", "metadata"),
        ("http://10.0.0.1/", "private/internal"),
        ("file:///etc/passwd", "not allowed"),
        ("ftp://x/", "not allowed"),
        ("nonsense", "not allowed"),
    ],
)
async def test_addresses_inside_are_refused(
    stage: Stage, tmp_path: Path, pages: str, url: str, reason: str
) -> None:
    agent = asking(tmp_path, calling("web_fetch", url=url.format(pages=pages)), {"say": "."}, web={})
    error = calls(await stage.run(agent))[0].error
    assert reason in error
    assert "force_download" not in error


async def test_only_declared_hosts_are_asked(stage: Stage, tmp_path: Path, pages: str) -> None:
    port = pages.rpartition(":")[2]
    agent = asking(
        tmp_path,
        calling("web_fetch", url=f"{pages}/json"),
        calling("web_fetch", url=f"http://localhost:{port}/json"),
        calling("web_fetch", url=f"{pages}/to/http://localhost:{port}/json"),
        {"say": "."},
        web={"private": True, "hosts": ["127.0.0.1"]},
    )
    good, other, moved = calls(await stage.run(agent))
    assert '"a": 1' in good.result
    assert "not in the allowed domains" in other.error
    assert "not in the allowed domains" in moved.error


async def test_metadata_is_refused_even_where_private_addresses_are_allowed(
    stage: Stage, tmp_path: Path, pages: str
) -> None:
    url = f"{pages}/to/http://169.254.169.254/"
    agent = asking(tmp_path, calling("web_fetch", url=url), {"say": "."}, web={"private": True})
    assert "metadata" in calls(await stage.run(agent))[0].error
