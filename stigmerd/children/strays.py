"""Ends what an earlier backend of this data directory left running."""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
import signal
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

logger = logging.getLogger(__name__)

LOCK: Final = "helpers.lock"
PATIENCE_SECONDS: Final = 2  # guards need a few hundredths of a second
CHECK_SECONDS: Final = 0.005


async def no_strays(lock: Path) -> None:
    """Each helper and its guard hold the lock while they live; the kernel says when the last one has gone."""
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if await _free(descriptor, PATIENCE_SECONDS):
            return
        # A guard that was stopped does its work when it goes on.
        _signal(holders(lock), signal.SIGCONT)
        if await _free(descriptor, PATIENCE_SECONDS):
            return
        strays = holders(lock)
        logger.warning("ended what an earlier backend had started: processes %s", strays)
        _signal([*strays, *below(strays)], signal.SIGKILL)
        if not await _free(descriptor, PATIENCE_SECONDS):
            logger.error("processes %s cannot be ended; what they do may be done twice", holders(lock))
    finally:
        os.close(descriptor)


async def _free(descriptor: int, seconds: float) -> bool:
    until = asyncio.get_running_loop().time() + seconds
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if asyncio.get_running_loop().time() > until:
                return False
        await asyncio.sleep(CHECK_SECONDS)


def holders(lock: Path) -> list[int]:
    """The processes that have the file open, except us: only our helpers inherit it."""
    wanted, found = os.fspath(lock.resolve()), []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            files = [os.readlink(each) for each in (process / "fd").iterdir()]  # noqa: PTH115 - no stat of it
            if wanted in files and int(process.name) != os.getpid():
                found.append(int(process.name))
    return found


def below(ancestors: Sequence[int]) -> set[int]:
    parents: dict[int, int] = {}
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, ValueError, IndexError):
            parents[int(process.name)] = int((process / "stat").read_text().rpartition(")")[2].split()[1])
    found: set[int] = set()
    fresh = set(ancestors)
    while fresh:
        fresh = {process for process, parent in parents.items() if parent in fresh} - found - set(ancestors)
        found |= fresh
    return found


def _signal(processes: Sequence[int], number: signal.Signals) -> None:
    for process in processes:
        with suppress(OSError):
            os.kill(process, number)
