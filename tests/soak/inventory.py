"""What a process holds: descriptors, threads, watches, children, memory."""

from __future__ import annotations

import re
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests.support.processes import alive

# A pool keeps a worker or two more or less, depending on what came at the same time.
SPARE_THREADS = 2
# Allocators and caches settle late; a leak of a few kB an edit would be seen in a thousand edits.
MEMORY_FACTOR, MEMORY_MB = 1.25, 16.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """At one moment."""

    descriptors: Counter[str]  # by kind
    threads: int
    watches: int
    children: int
    memory_mb: float

    def more_than(self, before: Inventory) -> list[str]:
        """What has been left over since."""
        left = [
            f"{count} more of {kind}"
            for kind, count in sorted((self.descriptors - before.descriptors).items())
        ]
        if self.threads > before.threads + SPARE_THREADS:
            left.append(f"{self.threads} threads instead of {before.threads}")
        if self.watches != before.watches:
            left.append(f"{self.watches} inotify watches instead of {before.watches}")
        if self.children > before.children:
            left.append(f"{self.children} children instead of {before.children}")
        return left

    def fatter_than(self, before: Inventory) -> bool:
        return self.memory_mb > before.memory_mb * MEMORY_FACTOR + MEMORY_MB


def inventory(pid: int) -> Inventory:
    process = Path(f"/proc/{pid}")
    status = (process / "status").read_text()
    return Inventory(
        descriptors=Counter(kind for kind, _ in _descriptors(process)),
        threads=len(list((process / "task").iterdir())),
        watches=sum(text.count("inotify wd:") for _, text in _descriptors(process)),
        children=sum(alive(child) for child in _children(process)),
        memory_mb=int(status.partition("VmRSS:")[2].split()[0]) / 1024,
    )


def _descriptors(process: Path) -> list[tuple[str, str]]:
    """Kind and information of each that is open, and does not close under our eyes."""
    found = []
    for entry in (process / "fd").iterdir():
        with suppress(OSError):
            kind = re.sub(r"\[?\d+\]?$", "", str(entry.readlink()))
            found.append((kind, (process / "fdinfo" / entry.name).read_text()))
    return found


def _children(process: Path) -> list[int]:
    found: list[int] = []
    for task in (process / "task").iterdir():
        with suppress(OSError):
            found += map(int, (task / "children").read_text().split())
    return found
