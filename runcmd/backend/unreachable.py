"""Why there is no connection to a backend: gRPC's text, in the words of who reads it."""

from __future__ import annotations

import re
from typing import NamedTuple


class ConnectionCause(NamedTuple):
    """What to say after the place, what to try, and the error's code."""

    text: str
    hint: str
    code: str


RUNS = "check the address, and that a server runs there"
LOCAL_RUNS = "check that it runs: stigmer server status"
NO_SERVER = "check the address: a Stigmer server speaks gRPC; a web page or another API is not one"
CERTIFICATE = "if it is yours, name the file of its authority: STIGMER_CA_FILE=ca.pem"
NAME = re.compile(r"(?:errors resolving |lookup failed for |DNS resolution failed for )([^\s:]+)")
# How the texts of gRPC itself begin; whatever else is said with such a status, a server said.
OF_GRPC = re.compile(
    r"failed to connect|connections to all|ipv[46]:|unix:|errors resolving|DNS resolution|[Ss]ocket closed|"
    r"Connection (reset|closed)|(end of )?TCP|recvmsg|sendmsg|Broken pipe|Stream removed|GOAWAY|FD |"
    r"keepalive|Received http2|RST_STREAM|Failed parsing HTTP/2|Endpoint|Cancelling all calls|"
    r"Trying to connect an http1"
)
# The text of OpenSSL for it; what is wrong, as people say it.
CERTIFICATES = {
    "self signed": "its certificate is signed by itself",
    "expired": "its certificate has expired",
    "not yet valid": "its certificate is not valid yet",
    "unable to get": "its certificate is signed by an authority that is not known here",
    "hostname": "its certificate is for another name",
}


def cause_of(text: str, target: str, *, local: bool = False) -> ConnectionCause | None:
    """None: it is no matter of the connection, a server said so itself. `local`: it is our own backend."""
    runs = LOCAL_RUNS if local else RUNS
    if not OF_GRPC.match(text):
        return None
    if (status := re.search(r"http2 header with status: (\d+)", text)) is not None:
        return ConnectionCause(
            f"is no Stigmer server: it answers with HTTP status {status[1]}", NO_SERVER, "E0505"
        )
    if "HTTP/2" in text or "http2" in text:
        return ConnectionCause("is no Stigmer server: it does not speak gRPC (HTTP/2)", NO_SERVER, "E0505")
    if "handshake" in text or "Hostname Verification" in text:
        return _tls(text, target)
    if text.startswith(("errors resolving", "DNS resolution")):
        name = NAME.search(text)
        host = name[1] if name else target.rpartition(":")[0]
        return ConnectionCause(f'no host "{host}" is known (DNS)', "check the name and the network", "E0502")
    if "refused" in text:
        return ConnectionCause("nothing listens there (connection refused)", runs, "E0501")
    if "No such file" in text:
        return ConnectionCause("there is no such socket", runs, "E0501")
    if re.search(r"timed? ?out|FD shutdown", text, re.IGNORECASE):
        return ConnectionCause(
            "it does not answer (time-out)", "check the address, the network and a firewall", "E0504"
        )
    if re.search(r"reset|closed|recvmsg|sendmsg|Broken pipe|GOAWAY|keepalive|RST_STREAM", text):
        tls = "; if it wants TLS, write https:// before it" if "recvmsg" in text else ""
        return ConnectionCause("it closed the connection", f"{runs}{tls}", "E0501")
    return ConnectionCause(text, runs, "E0501")


def _tls(text: str, target: str) -> ConnectionCause:
    if "WRONG_VERSION_NUMBER" in text:
        return ConnectionCause("does not speak TLS", f"write the address without https://: {target}", "E0503")
    said = next((said for part, said in CERTIFICATES.items() if part in text.lower()), "")
    if said or "CERTIFICATE" in text:
        return ConnectionCause(
            f"is not trusted: {said or 'its certificate is not valid'}", CERTIFICATE, "E0503"
        )
    return ConnectionCause("does not complete the TLS handshake", "check the address and its port", "E0503")
