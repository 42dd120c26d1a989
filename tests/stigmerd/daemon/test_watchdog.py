"""The watchdog tells of callbacks that compute, and not of those that the machine lets wait."""

from __future__ import annotations

import asyncio
import threading
import time

from stigmerd.daemon.watchdog import Stall, Watchdog

ALLOWED_SECONDS = 0.05


def compute() -> None:
    until = time.thread_time() + 3 * ALLOWED_SECONDS
    while time.thread_time() < until:
        pass


def wait() -> None:
    time.sleep(3 * ALLOWED_SECONDS)  # sleeps: a callback that waits


def stalls(*callbacks: object) -> list[Stall]:
    told: list[Stall] = []

    async def called() -> None:
        for callback in callbacks:
            asyncio.get_running_loop().call_soon(callback)
        await asyncio.sleep(0)

    with Watchdog(ALLOWED_SECONDS, told.append).watching():
        asyncio.run(called())
    return told


def test_who_computes_is_told_with_the_place() -> None:
    (stall,) = stalls(compute)
    assert stall.cpu_seconds > ALLOWED_SECONDS
    assert "compute" in stall.callback
    assert "compute" in stall.stack


def test_who_waits_and_who_works_in_a_thread_is_not() -> None:
    thread = threading.Thread(target=compute)

    def beside() -> None:
        thread.start()
        thread.join()

    assert stalls(wait, beside) == []


def test_it_leaves_asyncio_as_it_was() -> None:
    before = asyncio.Handle._run
    stalls(compute)
    assert asyncio.Handle._run is before
