"""How long until a project's program has said what it declares: fresh child and zygote."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

import anyio
from measure import table

from runcmd.events import Event
from runcmd.project import load
from runcmd.synthesis.discover import discover
from runcmd.synthesis.forks.zygote import open_zygote
from runcmd.synthesis.fresh import fresh_child
from runcmd.synthesis.interfaces import Synthesizer
from runcmd.synthesis.manifest import Manifest

ROUNDS = 40
WARM_ROUNDS = 5  # until it has learned what to preload
WARM_SECONDS = 1.0
GOAL_MS = 15
FRESH = "fresh child"
SAMPLE = Path(__file__).parents[1] / "sample_project"


async def main() -> None:
    project = load(SAMPLE / "Stigmer.yaml")

    async def synthesise(synthesizer: Synthesizer) -> Manifest:
        return await discover(project, ignore, synthesizer=synthesizer)

    async with open_zygote(project) as zygote:
        synthesizers: Mapping[str, Synthesizer] = {FRESH: fresh_child, "zygote": zygote}
        for _ in range(WARM_ROUNDS):
            await synthesise(zygote)
        await anyio.sleep(WARM_SECONDS)
        times: dict[str, list[float]] = {name: [] for name in synthesizers}
        for _ in range(ROUNDS):
            for name, synthesizer in synthesizers.items():
                start = time.perf_counter()
                await synthesise(synthesizer)
                times[name].append(1000 * (time.perf_counter() - start))
    table(times, FRESH)
    print(f"goal: the zygote at most {GOAL_MS} ms")


async def ignore(event: Event) -> None:
    """Nobody listens."""


if __name__ == "__main__":
    anyio.run(main)
