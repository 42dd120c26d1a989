"""HTTPS calls trust the certificates of the system, or of the file that SSL_CERT_FILE names; no others."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from stigmer_api.facts import PHASE_COMPLETED, PHASE_FAILED
from stigmer_api.values import from_struct
from tests.stigmerd.engine.bench import Bench
from tests.support.tasks import set_task, task


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Of this machine, signed by itself; its key is in the same file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "certificate.pem"
    file.write_bytes(
        signed.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return file


@pytest.fixture
async def address(certificate: Path) -> AsyncIterator[str]:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b'HTTP/1.1 200 OK\r\ncontent-length: 4\r\nconnection: close\r\n\r\n"ok"')
        await writer.drain()
        writer.close()

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
    async with server:
        yield f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/"


def get(address: str) -> dict[str, object]:
    return task("get", "HTTP_CALL", {"method": "GET", "endpoint": {"uri": address}, "timeout_seconds": 20})


async def test_a_certificate_that_the_user_named_is_trusted(
    bench: Bench, address: str, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    ended = await bench.run(get(address), set_task("s", v="${ .get }"))
    assert ended.status.phase == PHASE_COMPLETED, ended.status.error
    assert from_struct(ended.status.output) == {"v": '"ok"'}


async def test_certificates_that_are_edited_are_read_again(
    bench: Bench, address: str, certificate: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trusted = tmp_path / "trusted.pem"
    trusted.write_text("")
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    ended = await bench.run(get(address))
    assert ended.status.phase == PHASE_FAILED
    trusted.write_bytes(certificate.read_bytes())
    ended = await bench.run(get(address))
    assert ended.status.phase == PHASE_COMPLETED, ended.status.error


async def test_one_that_nobody_vouches_for_is_not(
    bench: Bench, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    ended = await bench.run(get(address))
    assert ended.status.phase == PHASE_FAILED
    assert "certificate verify failed" in ended.status.error.lower()
