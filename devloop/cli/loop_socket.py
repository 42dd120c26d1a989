"""Opens the socket over which other programs steer a watch loop."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from devloop.loop.sockets import ControlSocket, live_sockets, open_socket
from stigmerd.daemon.errors import DaemonError
from stigmerd.daemon.place import DaemonPlace

logger = logging.getLogger(__name__)


@contextmanager
def listening(project: Path, named: tuple[str, ...]) -> Iterator[ControlSocket | None]:
    """None where there is no place for one: the loop does without."""
    with ExitStack() as stack:
        try:
            place = DaemonPlace.of()
            place.prepare_loops()
            for _, client in live_sockets(place.loops):  # removes what killed loops left
                client.close()
            own = stack.enter_context(open_socket(place.loops, project, named))
        except (OSError, DaemonError, RuntimeError) as error:
            logger.debug("nobody can steer this loop: %s", error)
            own = None
        yield own
