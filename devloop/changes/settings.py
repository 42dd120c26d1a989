"""How is a project watched?"""

from __future__ import annotations

from dataclasses import dataclass

from devloop.watcher import WatchMode


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeSettings:
    """Which files, by which watcher, and how long to wait for quiet."""

    ignore: tuple[str, ...] = ()  # `watch.ignore` of Stigmer.yaml
    needs: str = ""  # a file without which it is no project
    mode: WatchMode = WatchMode.AUTO
    settle_seconds: float | None = None  # None: learned
    rescan_seconds: float = 30
    git_seconds: float = 10
    most_files: int | None = None  # None: as many as a project may have
    most_folders: int | None = None
