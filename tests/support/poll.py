"""Wait for what has no event to wait for: the process table, a file, what another process does.

The one place in the tests that sleeps until something is true.
"""

from __future__ import annotations

import inspect
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

import anyio

PATIENCE_SECONDS = 60  # how long before a wait is called a failure
PAUSE_SECONDS = 0.01

Found = TypeVar("Found")


async def until(
    true: Callable[[], Awaitable[Found] | Found], what: str = "it", *, seconds: float = PATIENCE_SECONDS
) -> Found:
    """What `true` answers as soon as that is true; fails when it is not within the time."""
    deadline = time.monotonic() + seconds
    while True:
        answer = true()
        found = await answer if inspect.isawaitable(answer) else answer
        if found:
            return found
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        await anyio.sleep(PAUSE_SECONDS)


def wait_until(
    true: Callable[[], object],
    what: str = "it",
    more: Callable[[], str] = str,
    *,
    seconds: float = PATIENCE_SECONDS,
) -> None:
    """The same where there is no event loop. What `more` returns is added to the failure."""
    assert becomes(true, seconds), f"not within {seconds} s: {what} {more()}"


def becomes(true: Callable[[], object], seconds: float) -> bool:
    """Is it true within so many seconds?"""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(PAUSE_SECONDS)
    return True
