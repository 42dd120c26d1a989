"""Who is at the other end of a Unix socket, by the kernel's word?"""

from __future__ import annotations

import socket
import struct
import sys

_LINUX = "3i"  # pid, uid, gid
_BSD = "II"  # version, uid; groups follow
_BSD_BYTES = 76
_SOL_LOCAL, _LOCAL_PEERCRED = 0, 1


def uid_of_peer(connection: socket.socket) -> int:
    """The user whose process connected; of a listener, the user whose process listens."""
    if sys.platform == "linux":
        raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize(_LINUX))
        return int(struct.unpack(_LINUX, raw)[1])
    else:
        raw = connection.getsockopt(_SOL_LOCAL, _LOCAL_PEERCRED, _BSD_BYTES)
        return int(struct.unpack_from(_BSD, raw)[1])
