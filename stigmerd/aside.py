"""Long work on values that nobody changes, beside the event loop: it answers others meanwhile."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Final, ParamSpec, TypeVar

WORTH_BYTES: Final = 64 << 10  # what is smaller is done before a thread has begun
TURN_SECONDS: Final = 0.001  # how long the thread may keep the interpreter when the loop wants it

P = ParamSpec("P")
T = TypeVar("T")


async def aside(size: int, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The result of `work`, which is done at once when there is little to work on."""
    if size < WORTH_BYTES:
        return work(*args, **kwargs)
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_thread(), lambda: work(*args, **kwargs))


@cache
def _thread() -> ThreadPoolExecutor:
    """One: two of them would take as long, and twice the memory."""
    sys.setswitchinterval(TURN_SECONDS)
    return ThreadPoolExecutor(1, thread_name_prefix="aside")
