"""A watcher in a system that has few watches. usage: limited.py ROOT MODE SETTING LIMIT DIRECTORIES

Prints the names of the watcher before and after the directories were made, then its notes.
"""

from __future__ import annotations

import sys
from pathlib import Path

import anyio

from devloop.watcher import WatchMode
from tests.devloop.watcher.tracking import tracking


async def main(root: Path, mode: WatchMode, directories: int) -> None:
    async with tracking(root, mode) as tracker:
        print(tracker.watcher.name)
        for number in range(directories):
            (root / f"d{number}").mkdir()
            (root / f"d{number}" / "file").write_text("one")
        await tracker.catches_up()
        (root / "main.py").write_text("two")
        await tracker.catches_up()
        for number in range(directories):
            (root / f"d{number}" / "file").write_text("two")
        await tracker.catches_up()
        print(tracker.watcher.name)
        print(*tracker.watcher.notes, sep="\n")


if __name__ == "__main__":
    Path("/proc/sys/user", sys.argv[3]).write_text(sys.argv[4])
    anyio.run(main, Path(sys.argv[1]), WatchMode(sys.argv[2]), int(sys.argv[5]))
