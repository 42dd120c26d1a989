"""How long from a save until the new code runs, and what does waiting for a save cost?

Peers are measured in the same run on what they do, save → command started: the CLI of watchfiles, watchmedo
of watchdog, and entr and watchexec where they are installed. Our command is the project's program, which
starts before a save has settled, and is stopped when the save goes on.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from measure import table

from tests.support.world import Running, World, new_world

SAVES = 20
FILES, IGNORED = 10_000, 100_000
IDLE_SECONDS = 20
STARTS = 9
LOOK_SECONDS = 0.01
PERSON_SECONDS = 1.1  # a save right after each run, always the same file, looks as if the runs made it
PEER_PATIENCE_SECONDS = 5.0

WAITING = """
from stigmer import Workflow

w = Workflow("waiting")
w.set("number", value={number})
w.wait("long", 600)
"""

MARKING = """
from pathlib import Path
from stigmer import Workflow

Path("{mark}").touch()
Workflow("w").set("a", b=1)
"""


def main() -> None:
    with new_world() as world:
        project = world.sample()
        print("sample project, a workflow of 26 tasks with 4 agent calls")
        table(
            saves(world, project, "default settle") | saves(world, project, "--settle 10", "--settle", "10")
        )
        print("\na run in flight, superseded by a save")
        table(superseded(world))
        print("\nsave → command started (ours: the project's program)")
        table(peers(world))
        print(f"\n{FILES:,} watched files, {IGNORED:,} ignored ones beside them")
        size(world)
    print("goals: first event 60 ms (35 at --settle 10), cancelled 100 ms, watching 400, idle 0.1 %, 120 MB")


def saves(world: World, project: Path, label: str, *flags: str) -> dict[str, list[float]]:
    """An edit of a data file that the program reads; one at a time."""
    created, first = f"{label}: save → execution created", f"{label}: save → its first event"
    times: dict[str, list[float]] = {created: [], first: []}
    stock = project / "data" / "stock.json"
    text = stock.read_text()
    with loop(world, project, "week-report", *flags) as running:
        running.event("watch_ready")
        for number in range(SAVES):
            time.sleep(PERSON_SECONDS)
            start = time.perf_counter()
            stock.write_text(text.replace('"weekly_target": 3200', f'"weekly_target": {3300 + number}'))
            running.event("execution_created")
            times[created].append(1000 * (time.perf_counter() - start))
            running.event("phase_changed")
            times[first].append(1000 * (time.perf_counter() - start))
            running.event("watch_ready")
    stock.write_text(text)
    return times


def superseded(world: World) -> dict[str, list[float]]:
    """The old execution waits for ten minutes; how soon is it confirmed to be gone?"""
    cancelled, first = "save → old execution confirmed cancelled", "save → first event of the new one"
    times: dict[str, list[float]] = {cancelled: [], first: []}
    project = world.project(WAITING.format(number=0), name="waiting")
    with loop(world, project, "waiting") as running:
        running.until('"long"')
        for number in range(1, SAVES + 1):
            time.sleep(PERSON_SECONDS)
            start = time.perf_counter()
            (project / "main.py").write_text(WAITING.format(number=number))
            running.event("cancel_finished")
            times[cancelled].append(1000 * (time.perf_counter() - start))
            running.event("execution_created")
            running.event("phase_changed")
            times[first].append(1000 * (time.perf_counter() - start))
            running.until('"long"')
    return times


def peers(world: World) -> dict[str, list[float]]:
    mark = world.dir / "started"
    project = world.project(MARKING.format(mark=mark), name="ours")
    saved = project / "notes.txt"
    saved.write_text("")
    with loop(world, project, "w") as running:
        running.event("watch_ready")
        times = {"stigmer run --watch": starts(saved, mark)}
    watched = world.dir / "peer"
    for name, (command, source) in peer_commands(watched, mark).items():
        if shutil.which(command[0]) is None:
            print(f"{name} is not installed ({source})")
        else:
            times[name] = peer(watched, mark, command)
    return times


def peer_commands(watched: Path, mark: Path) -> dict[str, tuple[list[str], str]]:
    """How to start each, and where it comes from."""
    touch = f"touch {mark}"
    ours = Path(sys.executable).parent
    entr = ["sh", "-c", f"ls {watched}/* | entr -n -p {touch}"] if shutil.which("entr") else ["entr"]
    return {
        "watchfiles' CLI": ([f"{ours}/watchfiles", touch, str(watched)], "pip install watchfiles"),
        "watchmedo": (
            [f"{ours}/watchmedo", "shell-command", f"--command={touch}", str(watched)],
            "pip install watchdog",
        ),
        "entr": (entr, "apt-get install entr"),
        "watchexec": (
            ["watchexec", "-w", str(watched), "--postpone", "--", "touch", str(mark)],
            "cargo install watchexec-cli",
        ),
    }


def peer(watched: Path, mark: Path, command: list[str]) -> list[float]:
    shutil.rmtree(watched, ignore_errors=True)
    watched.mkdir()
    saved = watched / "file.txt"
    saved.write_text("")
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    try:
        time.sleep(1.5)  # they do not say when they are ready
        return starts(saved, mark)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def starts(saved: Path, mark: Path) -> list[float]:
    """From each save until the command has made its mark. One that nobody notices counts as that long."""
    times: list[float] = []
    for number in range(SAVES):
        mark.unlink(missing_ok=True)
        start = time.perf_counter()
        saved.write_text(str(number))
        while not mark.exists() and time.perf_counter() - start < PEER_PATIENCE_SECONDS:
            time.sleep(0.0005)
        times.append(1000 * (time.perf_counter() - start))
        time.sleep(PERSON_SECONDS)
    return times


def size(world: World) -> None:
    """Starts, idle and memory of a loop over a large project."""
    project = world.project("from stigmer import Workflow\nWorkflow('w').set('a', b=1)\n", name="large")
    (project / ".gitignore").write_text("node_modules/\n")
    fill(project / "src", FILES)
    fill(project / "node_modules", IGNORED)
    world.run("apply", cwd=project)
    table(starts_of_a_loop(world, project))
    with loop(world, project, "w") as running:
        running.event("watch_ready")
        time.sleep(2)
        before = cpu_seconds(running.process.pid)
        time.sleep(IDLE_SECONDS)
        busy = cpu_seconds(running.process.pid) - before
        status = Path(f"/proc/{running.process.pid}/status").read_text()
        memory = int(status.partition("VmRSS:")[2].split()[0]) / 1024
        print(f"idle              {100 * busy / IDLE_SECONDS:8.2f} % of a core")
        print(f"memory            {memory:8.0f} MB")
        print(f"inotify watches   {watches(running.process.pid):8}")


def starts_of_a_loop(world: World, project: Path) -> dict[str, list[float]]:
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
        times[watching].append(1000 * (min(at for at, count in seen if count == all_of_them) - start))
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


def fill(directory: Path, files: int) -> None:
    for number in range(0, files, 20):
        each = directory / f"d{number // 2000}" / f"e{number // 20}"
        each.mkdir(parents=True)
        for file in range(20):
            (each / f"f{file}.py").write_text(f"{number + file}\n")


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def watches(pid: int) -> int:
    found = 0
    for info in Path(f"/proc/{pid}/fdinfo").iterdir():
        with suppress(OSError):
            found += info.read_text().count("inotify wd:")
    return found


@contextmanager
def loop(world: World, project: Path, name: str, *flags: str) -> Iterator[Running]:
    running = world.start("run", name, "--watch", "-o", "json", *flags, cwd=project)
    try:
        yield running
    finally:
        running.signal(signal.SIGINT)
        running.end()


if __name__ == "__main__":
    main()
