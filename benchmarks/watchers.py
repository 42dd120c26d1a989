"""From a write to its event, and idle CPU, by watcher. usage: watchers.py [FILES] [SAVES] [IDLE_SECONDS]"""

from __future__ import annotations

import asyncio
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from devloop.watcher import Watcher, WatchMode, open_watcher

FILES_IN_A_DIRECTORY = 20
MOST_SECONDS = 30


def make_project(root: Path, files: int) -> list[Path]:
    """A project, and beside its files as many directories of an ignored tree."""
    paths = [
        root / f"package{number // 400}" / f"module{number // FILES_IN_A_DIRECTORY}" / f"file{number}.py"
        for number in range(files)
    ]
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x = 1\n")
    for number in range(files // 10):
        (root / "node_modules" / f"module{number}").mkdir(parents=True)
    return paths


def prunes(directory: str) -> bool:
    return directory == "node_modules"


async def latency_ms(watcher: Watcher, path: Path, pause_seconds: float) -> float:
    events = watcher.events()
    await asyncio.sleep(pause_seconds)
    began = time.perf_counter()
    path.write_text(f"x = {began}\n")
    async with asyncio.timeout(MOST_SECONDS):
        async for event in events:
            if not event.paths or path in event.paths:
                break
    seconds = time.perf_counter() - began
    # What else the write caused is not the next write's event.
    try:
        async with asyncio.timeout(0.3):
            async for _ in events:
                pass
    except TimeoutError:
        pass
    return seconds * 1000


async def measure(
    root: Path, paths: Sequence[Path], mode: WatchMode, saves: int, idle_seconds: float
) -> None:
    chance = random.Random(7)
    began = time.perf_counter()
    async with open_watcher(root, prunes, mode=mode) as watcher:
        ready_ms = (time.perf_counter() - began) * 1000
        spent = time.process_time()
        await asyncio.sleep(idle_seconds)
        idle = (time.process_time() - spent) / idle_seconds
        same = [await latency_ms(watcher, paths[0], chance.uniform(0, 0.2)) for _ in range(saves)]
        other = [
            await latency_ms(watcher, chance.choice(paths), chance.uniform(0, 0.2)) for _ in range(saves)
        ]
    print(
        f"{watcher.name:<11} ready {ready_ms:6.1f} ms · idle {idle:6.2%} of a core"
        f" · the same file again {spread(same)} · any file {spread(other)}"
    )


def spread(figures: Sequence[float]) -> str:
    return f"p50 {statistics.median(figures):6.1f} p95 {statistics.quantiles(figures, n=20)[-1]:6.1f} ms"


async def main(files: int, saves: int, idle_seconds: float) -> None:
    with tempfile.TemporaryDirectory() as directory:
        # Not straight below a directory in which others work: its watch would hear of them.
        root = Path(directory) / "home" / "project"
        paths = make_project(root, files)
        print(f"{files} files, {len(os.sched_getaffinity(0))} cores, load {os.getloadavg()[0]:.1f}")
        for mode in (WatchMode.INOTIFY, WatchMode.WATCHFILES, WatchMode.SCAN):
            await measure(root, paths, mode, saves, idle_seconds)


if __name__ == "__main__":
    given = [float(text) for text in sys.argv[1:]]
    files, saves, idle = (*given, *(10_000, 25, 20.0)[len(given) :])
    asyncio.run(main(int(files), int(saves), idle))
