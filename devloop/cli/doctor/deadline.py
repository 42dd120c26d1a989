"""Questions to the network have a deadline, whatever the system does with them."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from queue import Empty, Queue
from typing import TypeVar

T = TypeVar("T")
CONNECT_SECONDS = 3.0
NAME_SECONDS = 2.0  # on top of it, to look up the name


def within(seconds: float, ask: Callable[[], T]) -> T | None:
    """The answer. None: there was none in time, and nobody waits for it any more, not even our end."""
    answers: Queue[T] = Queue()
    threading.Thread(target=lambda: answers.put(ask()), daemon=True).start()
    try:
        return answers.get(timeout=seconds)
    except Empty:
        return None


def unreachable(host: str, port: int) -> str:
    """Why nobody can connect there; empty: it is reachable. Nothing is sent."""
    found = within(CONNECT_SECONDS + NAME_SECONDS, lambda: _refusal(host, port))
    return f"does not answer within {CONNECT_SECONDS + NAME_SECONDS:g} s" if found is None else found


def _refusal(host: str, port: int) -> str:
    try:
        # A name is looked up here: that has no deadline of its own.
        socket.create_connection((host, port), timeout=CONNECT_SECONDS).close()
    except socket.gaierror:
        return "its name is not known here (no network?)"
    except OSError as error:
        return f"cannot be reached: {(error.strerror or str(error)).lower()}"
    return ""
