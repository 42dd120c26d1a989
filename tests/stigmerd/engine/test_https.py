"""HTTPS calls trust the certificates of the system, or of the file that SSL_CERT_FILE names; no others."""

from __future__ import annotations

from pathlib import Path

import pytest

from stigmer_api.facts import PHASE_COMPLETED, PHASE_FAILED
from stigmer_api.values import from_struct
from tests.stigmerd.engine.bench import Bench
from tests.stigmerd.engine.tls import address, certificate, get
from tests.support.tasks import set_task

__all__ = ["address", "certificate"]


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
    assert "its certificate is not trusted: self-signed" in ended.status.error
