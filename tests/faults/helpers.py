"""kill -9 of a watch loop and of what works for it: what is left of them."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from random import Random

from tests.faults.figure import Figure
from tests.support.poll import wait_until
from tests.support.processes import alive, descendants
from tests.support.world import World, new_world

PROGRAM = """
from stigmer import Agent, Scripted, Workflow, activity

@activity
def work(n):
    import subprocess, time
    subprocess.Popen(["sleep", "60"], start_new_session=True)
    time.sleep(60)

wf = Workflow("work")
wf.set("sum", sum="${ [1, 2, 3] | add }")
wf.call_activity("busy", work, {"n": 1})
"""
LONGEST_LIFE_SECONDS = 1.5
DAEMON_SHARE = 0.25


def helper_kills(kills: int, random: Random) -> Figure:
    """Each round a loop lives for a while, then it, or something below it or the backend, is killed."""
    violations: list[str] = []
    done = 0
    with new_world() as world:
        project = world.project(PROGRAM)
        assert world.run("apply", cwd=project).code == 0
        while done < kills:
            running = world.start("run", "work", "--watch", "-o", "json", "--no-keys", cwd=project)
            time.sleep(random.uniform(0, LONGEST_LIFE_SECONDS))  # sleeps: a kill comes at a random moment
            for victim in random.sample(sorted(family(world, running.process.pid)), k=1):
                with suppress(ProcessLookupError):
                    os.kill(victim, signal.SIGKILL)
                    done += 1
            time.sleep(random.uniform(0, LONGEST_LIFE_SECONDS / 4))  # sleeps: a kill comes at a random moment
            if alive(running.process.pid):
                running.signal(signal.SIGKILL)
                done += 1
            running.end()
            if random.random() < DAEMON_SHARE and world.daemon_pid() is not None:
                world.kill_daemon()
                done += 1
            violations += left(world)
        if world.daemon_pid() is not None:
            world.kill_daemon()
        violations += left(world)
    return Figure(
        line=f"{done} kill -9 of the loop, its helpers, the backend and its helpers: "
        f"{len(violations)} processes left",
        violations=tuple(violations),
    )


def family(world: World, loop: int) -> set[int]:
    return {pid for pid in descendants(loop) | descendants(world.daemon_pid()) if alive(pid)} or {loop}


def left(world: World) -> list[str]:
    """What runs with the world's mark, outside of the backend's family, after it had time to end."""
    with suppress(AssertionError):
        wait_until(lambda: not world.processes(), "nothing is left", seconds=20)
    return [f"{pid}: {what[:200]}" for pid, what in world.processes().items()]
