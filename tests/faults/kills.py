"""kill -9 of the backend at random moments, under many executions: lost, stuck, repeated."""

from __future__ import annotations

import time
from random import Random

from tests.faults.executions import PROGRAM, STEPS, Executions
from tests.faults.figure import Figure
from tests.support.effects import counted_effects
from tests.support.world import new_world

AT_ONCE = 3  # executions begun between two kills
LONGEST_LIFE_SECONDS = 0.4
END_SECONDS = 120


def backend_kills(kills: int, random: Random) -> Figure:
    violations: list[str] = []
    interrupted = 0
    known: dict[str, int] = {}  # recorded effects, and how often each had been asked for by then
    with new_world() as world, counted_effects() as effects:
        executions = Executions(world, world.project(PROGRAM.format(url=effects.url, steps=STEPS)))
        for _ in range(kills):
            for _ in range(AT_ONCE):
                executions.start()
            effects.wait_for_more(effects.copy().total(), LONGEST_LIFE_SECONDS)
            time.sleep(random.uniform(0, LONGEST_LIFE_SECONDS))  # sleeps: a kill comes at a random moment
            interrupted += executions.unfinished()
            for path in recorded(executions):
                known.setdefault(path, effects.copy()[path])
            world.kill_daemon()
            if (started := world.run("server", "start")).code:
                violations.append(f"it does not start again: {started.text}")
                break
            forgotten = known.keys() - recorded(executions)
            violations += [f"{path} is not on record any more" for path in forgotten]
        stuck, lost = executions.stuck_and_lost(END_SECONDS)
        asked = effects.copy()
        repeated = [path for path, times in known.items() if asked[path] > times]
    violations += [f"{each} never ended" for each in stuck] + [f"{each} is unknown" for each in lost]
    violations += [f"{path} was on record, and was done again" for path in repeated]
    if not known or not interrupted:
        violations.append("nothing was on record, or nothing at work: nothing was tried")
    return Figure(
        line=f"{kills} kill -9 of the backend over {len(executions.ids)} executions, "
        f"{interrupted} times one at work: {len(lost)} lost, "
        f"{len(stuck)} stuck, {len(repeated)} of {len(known)} recorded effects repeated",
        violations=tuple(violations),
    )


def recorded(executions: Executions) -> set[str]:
    """The paths of the effects that are on record as done."""
    return {
        f"/{executions.numbers[execution]}/{name}"
        for execution, names in executions.recorded().items()
        for name in names
    }
