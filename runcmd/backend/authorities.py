"""Who may sign the certificate of a server: those that the system trusts, or one that the user names."""

from __future__ import annotations

import os
from pathlib import Path

from runcmd.errors import UsageError
from stigmer_api.reading import read_bounded

OF_GRPC = "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH"  # which gRPC reads itself
OF_OPENSSL = "SSL_CERT_FILE"
# Where systems keep all of theirs in one file: Debian, Fedora, SUSE, older Red Hat, Alpine and macOS.
SYSTEM = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem",
)
MOST_BYTES = 16 << 20


def trusted(ca_file: str) -> bytes | None:
    """Their certificates, PEM; None: those that come with gRPC, or that its own variable names.

    Args:
        ca_file: that the user names; empty: none. Then the system's count.

    Raises:
        UsageError: the file cannot be read, or is none of certificates.
    """
    if ca_file:
        return _read(ca_file)
    if os.environ.get(OF_GRPC):
        return None
    if named := os.environ.get(OF_OPENSSL):
        return _read(named)
    found = next((file for file in SYSTEM if os.access(file, os.R_OK)), None)
    return Path(found).read_bytes() if found is not None else None


def _read(file: str) -> bytes:
    try:
        text = read_bounded(Path(file), MOST_BYTES)
    except OSError as error:
        raise UsageError(
            f"cannot read the certificates in {file}: {error.strerror}", code="E0503", hint="check the path"
        ) from error
    if b"-----BEGIN CERTIFICATE-----" not in text:
        raise UsageError(
            f"{file} has no certificates", code="E0503", hint="it must be PEM: -----BEGIN CERTIFICATE-----"
        )
    return text
