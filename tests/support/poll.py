"""Wait for what has no event to wait for: the process table, a file, what another process does.

The one place in the tests that sleeps until something is true.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import anyio

PATIENCE_SECONDS = 60  # how long before a wait is called a failure
PAUSE_SECONDS = 0.01


async def until(true: Callable[[], object], what: str = "it", *, seconds: float = PATIENCE_SECONDS) -> None:
    """Returns as soon as it is true; fails when it is not within the time."""
    with anyio.move_on_after(seconds):
        while not true():  # noqa: ASYNC110 - nobody says it
            await anyio.sleep(PAUSE_SECONDS)
        return
    raise AssertionError(f"not within {seconds} s: {what}")


def wait_until(
    true: Callable[[], object],
    what: str = "it",
    more: Callable[[], str] = str,
    *,
    seconds: float = PATIENCE_SECONDS,
) -> None:
    """The same where there is no event loop. What `more` returns is added to the failure."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what} {more()}"
        time.sleep(PAUSE_SECONDS)
