"""An address to listen on: what is wrong with it, and why it cannot be had."""

from __future__ import annotations

import errno
import re
import socket

WRITE = "write HOST:PORT, 127.0.0.1:7234 for instance; port 0 takes any that is free"
HIGHEST_PORT = 65535


def mistake_in(address: str) -> str:
    """In a few words; empty: it is HOST:PORT or unix:/path."""
    if address.startswith("unix:"):
        return "" if address.startswith("unix:/") else "a socket has a whole path: unix:/path"
    found = re.fullmatch(r"(\[[0-9A-Fa-f:.%\w]+\]|[^\s:/\[\]]+):([^:/]*)", address)
    if found is None:
        if "://" in address:
            return f"write it without {address.partition('//')[0]}//"
        return "an IPv6 address stands in brackets" if address.count(":") > 1 else "it is not HOST:PORT"
    if not (found[2].isascii() and found[2].isdecimal()):
        return f'"{found[2]}" is no port'
    return "" if int(found[2]) <= HIGHEST_PORT else f"a port is a number from 0 to {HIGHEST_PORT}"


def why_not(address: str) -> tuple[str, str]:
    """Why nobody can listen on this HOST:PORT now, and what to try."""
    host, _, port = address.rpartition(":")
    host = host.strip("[]")
    try:
        place = socket.getaddrinfo(host, int(port), type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        with socket.socket(place[0], socket.SOCK_STREAM) as ours:
            ours.bind(place[4])
    except socket.gaierror:
        return f'no host "{host}" is known', WRITE
    except OSError as error:
        return {
            errno.EADDRINUSE: (
                "another process listens there",
                "stop that one, or choose another port; 0 takes any",
            ),
            errno.EADDRNOTAVAIL: (
                "this machine has no such address",
                "127.0.0.1 is itself, 0.0.0.0 all of its addresses",
            ),
            errno.EACCES: ("you may not use this port", "ports below 1024 need root; choose a higher one"),
        }.get(error.errno or 0, (str(error.strerror), "choose another address"))
    return "another process has just listened there", "try again, or choose another port"
