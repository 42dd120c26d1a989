"""Why a model could not be reached: DNS, TLS, a refusal, a time-out, a proxy."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from stigmerd.agents.models.address import proxy_of

# What a client says before it asks anybody.
NO_ADDRESS = {"UnsupportedProtocol", "InvalidURL", "LocalProtocolError"}
AUTHORITY = "for an authority of your own, set SSL_CERT_FILE=ca.pem where the backend is started"


@dataclass(frozen=True)
class FirstHop:
    """Whom a request goes to first."""

    name: str  # `the model tiny at http://…`, `the proxy http://… (HTTPS_PROXY)`
    host: str
    code: str  # of an error that is only about the connection
    setting: str  # where its address is said


def lost_connection(error: BaseException, url: str, choice: Mapping[str, str]) -> tuple[str, str]:
    """In words with what to do, and the code."""
    causes = list(_causes(error))
    names = [type(cause).__name__ for cause in causes]
    setting = f" ({choice['address_from']})" if choice.get("address_from") else ""
    if NO_ADDRESS.intersection(names):
        return f'"{url}"{setting} is not the address of a model; write it with http:// or https://', "E0803"
    hop = _first_hop(url, setting, choice["name"])
    for cause in causes:
        if (known := _known(cause, hop)) is not None:
            return known
    check = f"check the address{hop.setting}"
    if any("Timeout" in name for name in names):
        remedy = f"{check}, the network and a firewall, and try again"
        return f"cannot reach {hop.name}: no answer in time; {remedy}", "E0814"
    if "ProxyError" in names:
        said = causes[names.index("ProxyError")]
        return f"{hop.name} refuses the connection: {said}; check its address and password", "E0815"
    return f"{hop.name} closed the connection before it answered; try again; {check}", hop.code


def nobody_to_ask(error: BaseException) -> bool:
    """The address is none: to ask again cannot help."""
    return bool(NO_ADDRESS.intersection(type(cause).__name__ for cause in _causes(error)))


def _first_hop(url: str, setting: str, model: str) -> FirstHop:
    if (proxy := proxy_of(url)) is not None:
        address, variable = proxy
        host = urlsplit(address).hostname or address
        return FirstHop(f"the proxy {address} ({variable})", host, "E0815", f" ({variable})")
    return FirstHop(f"the model {model} at {url}", urlsplit(url).hostname or url, "E0813", setting)


def _known(cause: BaseException, hop: FirstHop) -> tuple[str, str] | None:
    check = f"check the address{hop.setting}"
    reach = f"cannot reach {hop.name}"
    match cause:
        case ssl.SSLCertVerificationError():
            said = f"the certificate of {hop.host} is not trusted: {cause.verify_message}"
            return f"{reach}: {said}; {AUTHORITY}", "E0811"
        case ssl.SSLError() if "WRONG_VERSION_NUMBER" in str(cause):
            return f"{hop.name} does not speak TLS; write the address{hop.setting} with http://", "E0811"
        case ssl.SSLError():
            return f"{reach}: TLS: {cause.reason or cause}; {check}", "E0811"
        case socket.gaierror():
            return f'{reach}: no host "{hop.host}" is known (DNS); {check} and the network', "E0812"
        case ConnectionRefusedError():
            return f"{reach}: nothing listens there (connection refused); {check}, and that it runs", hop.code
        case ConnectionError() | TimeoutError():
            return None  # the connection was there
        case OSError() if cause.strerror:
            return f"{reach}: {cause.strerror}; {check} and the network", hop.code
    return None


def _causes(error: BaseException) -> Iterator[BaseException]:
    """From the innermost outwards: it knows best."""
    chain: list[BaseException] = []
    here: BaseException | None = error
    while here is not None and here not in chain:
        chain.append(here)
        here = here.__cause__ or here.__context__
    for each in reversed(chain):
        if isinstance(each, BaseExceptionGroup):
            yield from each.exceptions
        yield each
