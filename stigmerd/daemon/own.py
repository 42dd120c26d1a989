"""Is what listens at an address our own daemon?"""

from __future__ import annotations

from stigmerd.daemon.errors import DaemonError
from stigmerd.daemon.lock import holder
from stigmerd.daemon.place import Place

# By which other hosts of a listener somebody who calls these gets to it.
REACHED_BY = {
    "localhost": ("127.0.0.1", "0.0.0.0", "[::1]", "[::]"),
    "127.0.0.1": ("localhost", "0.0.0.0", "[::]"),
    "[::1]": ("localhost", "[::]"),
}


def own_socket(place: Place, target: str) -> str | None:
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
            "what listens there now may be somebody else's",
            f"start yours again: stigmer server start --listen {target}; or forget it: stigmer server stop",
        )
    return f"unix:{info.socket}"


def is_same_door(target: str, listened: str) -> bool:
    """Does who calls `target` reach what listens at `listened`, on this machine? Not for sockets."""
    host, _, port = target.rpartition(":")
    own_host, _, own_port = listened.rpartition(":")
    if target.startswith("unix:") or port != own_port:
        return False
    return host == own_host or own_host in REACHED_BY.get(host, ())
