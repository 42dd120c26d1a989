"""How long from a save until there is something to see, the new code runs, the old run is gone?"""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from loops import Stopwatch, loop
from measure import table

from tests.support.command import Running
from tests.support.snapshots import address
from tests.support.world import World, new_world

SAVES = 20
BARE = "bare loop: save → first event"

WAITING = """
from stigmer import Workflow

w = Workflow("waiting")
w.set("number", value={number})
w.wait("long", 600)
"""


def main() -> None:
    with new_world() as world:
        started = world.run("server", "start")
        assert started.code == 0, started.text
        project = world.sample()
        print("sample project, a workflow of 26 tasks with 4 agent calls, in turns with a bare loop")
        table(saves(world, project, "default settle"), BARE)
        table(saves(world, project, "--settle 10", "--settle", "10"), BARE)
        print("\na run in flight, superseded by a save, in turns with a bare loop")
        table(superseded(world), BARE)
    print("goals, p50 / p95 in ms: first reaction 20, first event 20 / 30, cancelled 15 / 30")


def saves(world: World, project: Path, label: str, *flags: str) -> dict[str, list[float]]:
    """An edit of a data file that the program reads; one at a time."""
    steps = {
        "edit_noticed": f"{label}: save → first reaction on the screen",
        "execution_created": f"{label}: save → execution created",
        "phase_changed": f"{label}: save → its first event",
        "run_finished": f"{label}: save → the run's result on the screen",
    }
    watch = Stopwatch(BARE, *steps.values())
    stock = project / "data" / "stock.json"
    text = stock.read_text()
    with loop(world, project, "week-report", *flags) as running, bare_loop(world) as bare:
        running.event("watch_ready")
        for number in range(SAVES):
            save_bare(watch, world, bare, number)
            watch.save(stock, text.replace('"weekly_target": 3200', f'"weekly_target": {3300 + number}'))
            for event, name in steps.items():
                running.event(event)
                watch.note(name)
            running.event("watch_ready")
    stock.write_text(text)
    return watch.times


def superseded(world: World) -> dict[str, list[float]]:
    """The old execution waits for ten minutes; how soon is it confirmed to be gone?"""
    cancelled, first = "save → old execution confirmed cancelled", "save → first event of the new one"
    watch = Stopwatch(BARE, cancelled, first)
    project = world.project(WAITING.format(number=0), name="waiting")
    with loop(world, project, "waiting") as running, bare_loop(world) as bare:
        running.until('"long"')
        for number in range(1, SAVES + 1):
            save_bare(watch, world, bare, number)
            watch.save(project / "main.py", WAITING.format(number=number))
            running.event("cancel_finished")
            watch.note(cancelled)
            running.event("execution_created")
            running.event("phase_changed")
            watch.note(first)
            running.until('"long"')
    return watch.times


@contextmanager
def bare_loop(world: World) -> Iterator[Running]:
    """What the machine takes for the same calls after the same rest."""
    watched(world).write_text("0")
    command = [sys.executable, Path(__file__).with_name("bare_loop.py"), address(world), watched(world)]
    pipe = subprocess.PIPE
    running = Running(subprocess.Popen(command, env=world.environ, text=True, stdout=pipe, stderr=pipe))
    try:
        running.until("ready")
        yield running
    finally:
        running.signal(signal.SIGKILL)
        running.end()


def save_bare(watch: Stopwatch, world: World, bare: Running, number: int) -> None:
    watch.save(watched(world), f"number {number}")
    bare.until("first event")
    watch.note(BARE)


def watched(world: World) -> Path:
    """The file that the bare loop waits for."""
    return world.dir / "bare.txt"


if __name__ == "__main__":
    main()
