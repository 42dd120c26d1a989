"""Takes garbage out while nothing else is to be done."""

from __future__ import annotations

import gc
from collections.abc import Callable

import anyio

IDLE_BEFORE_SECONDS = 0.5


async def collect_soon(idle: Callable[[], bool]) -> None:
    """If nothing is to be done by then, either."""
    await anyio.sleep(IDLE_BEFORE_SECONDS)
    if idle():
        collect_garbage()


def collect_garbage() -> None:
    """Frees what only refers to itself: a call that was cancelled keeps its connection that way, which is an
    open socket.

    What has been imported by the first time is looked at only then. Afterwards this takes no time that anyone
    could notice, and Python's own collections, which come in the midst of other things, take less.
    """
    gc.collect()
    if not gc.get_freeze_count():
        gc.freeze()
