"""Gives memory that nobody needs any more back to the system."""

from __future__ import annotations

import asyncio
import gc
import logging
from typing import Final

logger = logging.getLogger(__name__)

WORTH_BYTES: Final = 16 << 20
PAUSE_SECONDS: Final = 0.5  # much ends at the same time: once is enough


class Returner:
    """C's `free` keeps memory for later; after something big we have it returned."""

    def __init__(self) -> None:
        self._timer: asyncio.TimerHandle | None = None

    def gone(self, size: int) -> None:
        """So many bytes are free now."""
        if size >= WORTH_BYTES and self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(PAUSE_SECONDS, self._give_back)

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _give_back(self) -> None:
        self._timer = None
        # In a thread: it takes long, and most of the time the others can work meanwhile.
        asyncio.get_running_loop().run_in_executor(None, give_back)


def give_back() -> None:
    import ctypes

    gc.collect()
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except (AttributeError, OSError):  # not glibc
        logger.debug("memory stays where it is: no malloc_trim")
