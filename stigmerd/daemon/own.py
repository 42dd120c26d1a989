"""Is what listens at an address our own daemon?"""

from __future__ import annotations

import socket

from stigmerd.daemon.errors import DaemonError
from stigmerd.daemon.lock import holder
from stigmerd.daemon.place import DaemonPlace

WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # and where who calls one of them gets to


def own_socket(place: DaemonPlace, target: str) -> str | None:
    """The address of our own daemon's socket, if it is what listens at this host and port.

    None: it is another backend. Raises DaemonError when ours did and is gone: whoever took the port since
    must get nothing of ours.
    """
    try:
        place.look_around()
        info = place.read_info()
    except DaemonError:
        return None  # nothing that is ours is there
    if info is None or not any(is_same_door(target, listened) for listened in info.addresses):
        return None
    if holder(place.lock_file) != info.pid:
        raise DaemonError(
            f"{target} was an address of your backend (process {info.pid}), which is gone: "
            "whatever listens there now may belong to somebody else",
            f"start yours again: stigmer server start --listen {target}; or forget it: stigmer server stop",
            code="E0527",
        )
    return f"unix:{info.socket}"


def is_same_door(target: str, listened: str) -> bool:
    """Does who calls `target` reach what listens at `listened`, on this machine? Not for sockets."""
    if target.startswith("unix:") or target.rpartition(":")[2] != listened.rpartition(":")[2]:
        return False
    if target == listened:
        return True
    here, there = _addresses_of(listened), _addresses_of(target)
    if here & WILDCARDS.keys():
        return any(_is_of_this_machine(WILDCARDS.get(address, address)) for address in there)
    return bool(here & {WILDCARDS.get(address, address) for address in there})


def _addresses_of(target: str) -> set[str]:
    """Every name that it may go by comes to these. Asked only about a port of ours."""
    host = target.rpartition(":")[0].strip("[]")
    try:
        found = socket.getaddrinfo(host, 0, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return set()
    return {str(address[0]).removeprefix("::ffff:") for *_, address in found}


def _is_of_this_machine(address: str) -> bool:
    """Only what is its own can be listened on."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.bind((address, 0))
    except OSError:
        return False
    return True
