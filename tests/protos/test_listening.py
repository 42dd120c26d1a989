"""An address to listen on: what is wrong with it, and why it cannot be had."""

from __future__ import annotations

import socket

import pytest

from stigmer_api.listening import mistake_in, why_not


@pytest.mark.parametrize(
    "address", ["127.0.0.1:0", "localhost:65535", "[::1]:7", "0.0.0.0:80", "unix:/a/b", "h.x:1"]
)
def test_an_address(address: str) -> None:
    assert mistake_in(address) == ""


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("foo", "it is not HOST:PORT"),
        ("", "it is not HOST:PORT"),
        (":7", "it is not HOST:PORT"),
        ("127.0.0.1", "it is not HOST:PORT"),
        ("foo:bar", '"bar" is no port'),
        ("foo:", '"" is no port'),
        ("foo:-1", '"-1" is no port'),
        ("foo:²", '"²" is no port'),
        ("foo:65536", "a port is a number from 0 to 65535"),
        ("::1:7", "an IPv6 address stands in brackets"),
        ("http://foo:7", "write it without http://"),
        ("unix:x", "a socket has a whole path: unix:/path"),
    ],
)
def test_what_is_none(address: str, said: str) -> None:
    assert mistake_in(address) == said


def test_why_it_cannot_be_had() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert why_not(f"127.0.0.1:{taken.getsockname()[1]}")[0] == "another process listens there"
    assert why_not("192.0.2.7:0")[0] == "this machine has no such address"
    assert why_not("nohost.invalid:0")[0] == 'no host "nohost.invalid" is known'
