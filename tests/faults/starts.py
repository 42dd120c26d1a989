"""Many first commands at once: one backend, and each of them gets its answer."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

from tests.end_to_end.programs import ONE_WORKFLOW
from tests.faults.figure import Figure
from tests.support.world import new_world

READY = re.compile(r"ready in \d+ ms")


def parallel_starts(count: int) -> Figure:
    with new_world() as world:
        project = world.project(ONE_WORKFLOW)
        with ThreadPoolExecutor(count) as pool:
            runs = [pool.submit(world.run, "executions", "list", cwd=project) for _ in range(count)]
            ended = [run.result() for run in runs]
        log = (world.data / "logs" / "stigmerd.log").read_text()
        backends = len(READY.findall(log))
    violations = [f"status {done.code}: {done.text[:300]}" for done in ended if done.code]
    if backends != 1:
        violations.append(f"{backends} backends were started")
    return Figure(
        line=f"{count} first commands at once: {backends} backend, {sum(bool(d.code) for d in ended)} failed",
        violations=tuple(violations),
    )
