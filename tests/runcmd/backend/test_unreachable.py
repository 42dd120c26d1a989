"""Why there is no connection: gRPC's texts, and servers that are none of ours."""

from __future__ import annotations

import http.server
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from runcmd.backend.address import Address
from runcmd.backend.calls import open_backend
from runcmd.backend.refusals import BackendError, ConnectionLostError, UnavailableError, error_of
from runcmd.events import TargetKind

HERE = Address(target="127.0.0.1:7")
ALL_FAILED = "failed to connect to all addresses; last error: UNKNOWN: "
HANDSHAKE = f"{ALL_FAILED}ipv4:127.0.0.1:7: Tls handshake failed (TSI_PROTOCOL_FAILURE): SSL_ERROR_SSL: "


@pytest.mark.parametrize(
    ("text", "said", "code"),
    [
        (f"{ALL_FAILED}ipv4:127.0.0.1:7: Failed to connect to remote host: Connection refused", "refused", 1),
        (f"{ALL_FAILED}unix:/x: connect failed: addr: unix:/x error: No such file or directory", "socket", 1),
        ("errors resolving nohost.invalid:80: [field:… for nohost.invalid:80: not found]", "nohost.inva", 2),
        ("DNS resolution failed for nohost.invalid:80: not found", 'no host "nohost.invalid"', 2),
        (f"{HANDSHAKE}CERTIFICATE_VERIFY_FAILED: self signed certificate: OK", "signed by itself", 3),
        (f"{HANDSHAKE}CERTIFICATE_VERIFY_FAILED: certificate has expired: OK", "has expired", 3),
        (f"{HANDSHAKE}CERTIFICATE_VERIFY_FAILED: unable to get local issuer certificate", "not known", 3),
        (f"{HANDSHAKE}WRONG_VERSION_NUMBER: Invalid certificate verification context", "speak TLS", 3),
        (f"{ALL_FAILED}ipv4:1: Failed parsing HTTP/2 (Expected SETTINGS frame)", "no Stigmer server", 5),
        ("Received http2 header with status: 502", "HTTP status 502", 5),
        (f"{ALL_FAILED}ipv4:1: recvmsg:Connection reset by peer (104)", "closed the connection", 1),
        ("Socket closed", "closed the connection", 1),
        (f"{ALL_FAILED}ipv4:1: connect: Network is unreachable (101)", "Network is unreachable", 1),
    ],
)
def test_what_the_connection_lacks(text: str, said: str, code: int) -> None:
    error = error_of("UNAVAILABLE", text, HERE)
    assert isinstance(error, ConnectionLostError)
    assert said in error.message
    assert "ipv4:" not in error.message or "unreachable" in error.message
    assert (error.code, error.facts["grpc_status"]) == (f"E050{code}", "UNAVAILABLE")
    assert error.hint


@pytest.mark.parametrize("status", ["UNAVAILABLE", "UNKNOWN", "INTERNAL"])
def test_what_a_server_says_itself_is_no_matter_of_the_address(status: str) -> None:
    error = error_of(status, "the connection to its database was refused", HERE)
    assert isinstance(error, UnavailableError)
    assert "cannot reach" not in error.message
    assert "the connection to its database was refused" in error.message
    assert "check the address" not in error.hint
    assert error.code == "E0510"


def test_the_code_of_a_backend_of_ours_counts() -> None:
    error = error_of("UNAVAILABLE", "no space left for /d; free some space", HERE, "E0901")
    assert (
        error.message == "the backend at 127.0.0.1:7 cannot work now: no space left for /d; free some space"
    )
    assert (error.code, error.facts["code"], error.hint) == ("E0901", "E0901", "")


class Page(http.server.BaseHTTPRequestHandler):
    """Answers everything with a page."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"<html>hello</html>")

    do_POST = do_GET  # noqa: N815

    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def web_server() -> Iterator[int]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


async def refusal(address: Address) -> BackendError:
    async def reconnect() -> Address:
        return address

    with pytest.raises(BackendError) as caught:
        async with open_backend(address, reconnect) as backend:
            await backend.executions(TargetKind.AGENT, 1)
    return caught.value


async def test_a_web_page_is_no_backend() -> None:
    with web_server() as port:
        error = await refusal(Address(target=f"127.0.0.1:{port}"))
    assert error.code == "E0505"
    assert f"what answers at 127.0.0.1:{port} is no Stigmer server" in error.message


async def test_tls_where_there_is_none() -> None:
    with web_server() as port:
        error = await refusal(Address(target=f"127.0.0.1:{port}", tls=True))
    assert error.code == "E0503"
    assert error.hint == f"write the address without https://: 127.0.0.1:{port}"


async def test_a_port_that_nobody_has() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        target = f"127.0.0.1:{free.getsockname()[1]}"
    error = await refusal(Address(target=target))
    assert error.code == "E0501"
    assert f"cannot reach the backend at {target}: nothing listens there" in error.message
