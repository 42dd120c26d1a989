"""Full disks: executions wait, and none is lost."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path
from random import Random

from tests.faults.executions import PROGRAM, STEPS, Executions
from tests.faults.figure import Figure
from tests.support.effects import counted_effects
from tests.support.files import filled
from tests.support.world import World, new_world

DISK = "24m"
EXECUTIONS = 4
FULL_SECONDS = 0.7
END_SECONDS = 90


def full_disks(times: int, random: Random) -> Figure:
    with new_world() as world:
        if not mounted(world.data):
            return Figure(line="full disks: not tried, only root can mount a small file system", skipped=True)
        try:
            return _on_full_disks(world, times, random)
        finally:
            world.run("server", "stop")
            subprocess.run(["umount", "-l", world.data], check=False)


def mounted(data: Path) -> bool:
    data.mkdir(mode=0o700)
    if os.geteuid():
        return False
    options = ["-t", "tmpfs", "-o", f"size={DISK},mode=0700", "tmpfs"]
    return not subprocess.run(["mount", *options, data], check=False, capture_output=True).returncode


def _on_full_disks(world: World, times: int, random: Random) -> Figure:
    violations: list[str] = []
    with counted_effects() as effects:
        executions = Executions(world, world.project(PROGRAM.format(url=effects.url, steps=STEPS)))
        for _ in range(times):
            for _ in range(EXECUTIONS):
                executions.start()
            effects.wait_for_more(effects.copy().total() + random.randrange(STEPS), 5)
            filler = filled(world.data, free=0)
            executions.start()  # refused, or promised
            time.sleep(FULL_SECONDS)  # sleeps: the disk is full for a while
            filler.unlink()
        stuck, lost = executions.stuck_and_lost(END_SECONDS)
    violations += [f"{each} never ended" for each in stuck] + [f"{each} is unknown" for each in lost]
    if not executions.ids:
        violations.append("nothing was executed: nothing was tried")
    return Figure(
        line=f"{times} full disks over {len(executions.ids)} executions: {len(lost)} lost, "
        f"{len(stuck)} stuck",
        violations=tuple(violations),
    )
