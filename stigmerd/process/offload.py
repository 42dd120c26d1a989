"""Runs long work on values beside the event loop, which answers others meanwhile."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any, Final, ParamSpec, TypeVar

from stigmerd.workflow.weight import Weight, flat, weighing

WORTH_BYTES: Final = 64 << 10  # what is smaller is done before a thread has begun
SWITCH_SECONDS: Final = 0.001  # how long the thread may keep the interpreter when the loop wants it
TURN_SECONDS: Final = 0.005  # of the loop, for one of many things to do

Value = Any  # what json.dumps takes
P = ParamSpec("P")
T = TypeVar("T")


async def aside(size: int, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The result of `work`, which is done at once when there is little to work on."""
    if size < WORTH_BYTES:
        return work(*args, **kwargs)
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_thread(), lambda: work(*args, **kwargs))


async def in_turns(items: Iterable[T]) -> AsyncIterator[T]:
    """Others get a turn when what was done with the last ones has taken a while."""
    began = time.thread_time()
    for item in items:
        yield item
        if time.thread_time() - began > TURN_SECONDS:
            await asyncio.sleep(0)
            began = time.thread_time()


def size_of(value: Value) -> int:
    """Of any JSON, if that is soon known; else enough for `aside`."""
    if soon := flat(value):
        return soon.room
    try:
        next(pieces := weighing(value, WORTH_BYTES))
    except StopIteration as end:
        weight: Weight = end.value
        return WORTH_BYTES if weight.more else weight.room
    pieces.close()
    return WORTH_BYTES


@cache
def _thread() -> ThreadPoolExecutor:
    """One: two of them would take as long, and twice the memory."""
    sys.setswitchinterval(SWITCH_SECONDS)
    return ThreadPoolExecutor(1, thread_name_prefix="aside")
