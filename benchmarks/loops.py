"""A watch loop to be measured, and a project with many files."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.support.world import Running, World

PERSON_SECONDS = 1.1  # a save right after each run, always the same file, looks as if the runs made it
IN_A_DIRECTORY = 20


@contextmanager
def loop(world: World, project: Path, name: str, *flags: str) -> Iterator[Running]:
    """`stigmer run NAME --watch`, and its end."""
    running = world.start("run", name, "--watch", "-o", "json", *flags, cwd=project)
    try:
        yield running
    finally:
        running.signal(signal.SIGINT)
        running.end()


class Stopwatch:
    """Milliseconds since a save, by the name of what came."""

    def __init__(self, *names: str) -> None:
        self.times: dict[str, list[float]] = {name: [] for name in names}
        self._began = 0.0

    def save(self, file: Path, text: str) -> None:
        """After a pause, as somebody at a keyboard makes it."""
        time.sleep(PERSON_SECONDS)
        self._began = time.perf_counter()
        file.write_text(text)

    def note(self, name: str) -> None:
        """This came now."""
        self.times[name].append(1000 * (time.perf_counter() - self._began))


def fill(directory: Path, files: int) -> None:
    """Of so many files, in many directories."""
    for number in range(0, files, IN_A_DIRECTORY):
        each = directory / f"d{number // 2000}" / f"e{number // IN_A_DIRECTORY}"
        each.mkdir(parents=True)
        for file in range(IN_A_DIRECTORY):
            (each / f"f{file}.py").write_text(f"{number + file}\n")


def cpu_seconds(pid: int) -> float:
    """That a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def watches(pid: int) -> int:
    """Directories that the kernel watches for a process."""
    found = 0
    for info in Path(f"/proc/{pid}/fdinfo").iterdir():
        with suppress(OSError):
            found += info.read_text().count("inotify wd:")
    return found
