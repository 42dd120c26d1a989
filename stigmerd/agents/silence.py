"""A cancelled execution waits for its process, but not for one that stands still."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, NamedTuple

from stigmerd.agents.process import AgentProcess

STEP_SECONDS: Final = 0.1
STOPPED_SECONDS: Final = 0.4  # a process that somebody stopped, and did not continue
STILL_SECONDS: Final = 0.9
BUSY_SECONDS: Final = 0.4  # of CPU time: it is not the machine that is slow
AT_REST_SECONDS: Final = 0.1
STOPPED, RUNNABLE = frozenset("Tt"), "R"


class Pulse(NamedTuple):
    """Of a process: the state of its main thread, as the kernel says it, and its CPU time."""

    state: str
    cpu_seconds: float


async def replace_if_silent(process: AgentProcess) -> None:
    """Gives the process up if it does not answer. Returns when it has, when it is gone, or if nobody knows.

    A machine that has much else to do makes a process slow to answer, too: it is then ready to run, and has
    not had its turn. One that only computes is given up if nobody else has an execution in it.
    """
    heard, last = process.heard_at, _time()
    process.send({"type": "ping"})
    first = pulse = pulse_of(process.pid)
    silent, always_blocked = 0.0, True
    while pulse is not None and first is not None and process.alive:
        await asyncio.sleep(STEP_SECONDS)
        before, last = last, _time()
        if process.heard_at != heard:
            return
        if last - before > 5 * STEP_SECONDS:  # we were stopped ourselves
            continue
        silent += last - before
        if (pulse := pulse_of(process.pid)) is None:
            return
        always_blocked = always_blocked and pulse.state != RUNNABLE
        used = pulse.cpu_seconds - first.cpu_seconds
        hung = (always_blocked and used < AT_REST_SECONDS) or (process.busy == 1 and used >= BUSY_SECONDS)
        if pulse.state in STOPPED and silent >= STOPPED_SECONDS:
            await process.give_up(
                "the agent process was stopped (SIGSTOP), and an execution in it was cancelled"
            )
        elif silent >= STILL_SECONDS and hung:
            await process.give_up("the agent process hung, and an execution in it was cancelled")


async def patiently(task: asyncio.Future[Any]) -> None:
    """Until it is done, though we are cancelled meanwhile; it must be bounded by itself."""
    while not task.done():
        with suppress(asyncio.CancelledError):
            await asyncio.wait({task})


def pulse_of(pid: int) -> Pulse | None:
    """None: it is gone, or this system has no /proc."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return Pulse(fields[0], (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"))


def _time() -> float:
    return asyncio.get_running_loop().time()
