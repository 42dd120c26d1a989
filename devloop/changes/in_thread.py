"""Runs work in a thread that nobody has to wait for: a scan may take long, or never end."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from anyio import to_thread

Result = TypeVar("Result")


async def in_thread(work: Callable[[Callable[[], bool]], Result]) -> Result:
    """What `work` returns. A cancel takes effect at once; `work` can ask whether to stop."""
    stop = threading.Event()
    try:
        return await to_thread.run_sync(work, stop.is_set, abandon_on_cancel=True)
    finally:
        stop.set()
