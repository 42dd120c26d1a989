"""What do many files cost: the start of a watch loop, a save, idling, memory?"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from loops import Stopwatch, cpu_seconds, fill, loop, watches
from measure import table

from tests.support.world import Running, World, new_world

FEW, MANY, IGNORED = 10_000, 100_000, 100_000
SAVES, STARTS = 15, 7
IDLE_SECONDS = 60
SETTLED_SECONDS = 4
LOOK_SECONDS = 0.01
READING = """
from pathlib import Path
from stigmer import Workflow

Workflow("w").set("a", b=Path("data.txt").read_text())
"""


def main() -> None:
    with new_world() as world:
        few = project(world, "few", FEW)
        (few / ".gitignore").write_text("node_modules/\n")
        fill(few / "node_modules", IGNORED)
        many = project(world, "many", MANY)
        for each in (few, many):
            world.run("apply", cwd=each)
        print(f"{FEW:,} watched files, {IGNORED:,} ignored ones beside them")
        table(starts(world, few))
        print(f"\n{MANY:,} watched files")
        table(starts(world, many))
        print("\nin turns, at rest in between")
        save_and_idle(world, {f"{FEW:,} files": few, f"{MANY:,} files": many})
    print(
        f"goals: watching 150 ms and, with {MANY:,} files, 600 ms; 150 MB; idle 0.1 %; a save at most 1.3 x"
    )


def project(world: World, name: str, files: int) -> Path:
    """Whose program reads one of its files."""
    made = world.project(READING, name=name)
    (made / "data.txt").write_text("0")
    fill(made / "src", files)
    return made


def save_and_idle(world: World, projects: dict[str, Path]) -> None:
    """Saves in both projects in turns, then the cost of doing nothing."""
    watch = Stopwatch(*(f"save → first event, {label}" for label in projects))
    with ExitStack() as running:
        loops: dict[str, Running] = {}
        for label, each in projects.items():
            loops[label] = running.enter_context(loop(world, each, "w"))
            loops[label].event("watch_ready")
        time.sleep(SETTLED_SECONDS)
        for number in range(SAVES):
            for label, each in projects.items():
                watch.save(each / "data.txt", f"number {number}")
                loops[label].event("execution_created")
                loops[label].event("phase_changed")
                watch.note(f"save → first event, {label}")
                loops[label].event("watch_ready")
        table(watch.times, next(iter(watch.times)))
        before = {label: cpu_seconds(each.process.pid) for label, each in loops.items()}
        time.sleep(IDLE_SECONDS)
        for label, each in loops.items():
            pid = each.process.pid
            busy = cpu_seconds(pid) - before[label]
            memory = int(Path(f"/proc/{pid}/status").read_text().partition("VmRSS:")[2].split()[0]) / 1024
            idle = f"idle {100 * busy / IDLE_SECONDS:.2f} % of a core"
            print(f"{label}: {idle}, {memory:.0f} MB, {watches(pid)} watches")


def starts(world: World, project: Path) -> dict[str, list[float]]:
    """From when on no edit can be missed, as the kernel says it; and from when on something runs."""
    watching, running_first = "start → watching: no edit is missed any more", "start → first run under way"
    times: dict[str, list[float]] = {watching: [], running_first: []}
    for _ in range(STARTS):
        start = time.perf_counter()
        with loop(world, project, "w") as running, watches_seen(running.process.pid) as seen:
            running.event("run_started")
            times[running_first].append(1000 * (time.perf_counter() - start))
            running.event("watch_ready")
            all_of_them = watches(running.process.pid)
        times[watching].append(1000 * (min(at for at, count in seen if count >= all_of_them) - start))
    return times


@contextmanager
def watches_seen(pid: int) -> Iterator[list[tuple[float, int]]]:
    """How many there were, and when we had counted them."""
    seen: list[tuple[float, int]] = []
    over = threading.Event()

    def count() -> None:
        while not over.wait(LOOK_SECONDS):
            found = watches(pid)
            seen.append((time.perf_counter(), found))

    counting = threading.Thread(target=count)
    counting.start()
    try:
        yield seen
    finally:
        over.set()
        counting.join()


if __name__ == "__main__":
    main()
