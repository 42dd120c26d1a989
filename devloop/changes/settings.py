"""How is a project watched?"""

from __future__ import annotations

from dataclasses import dataclass

from devloop.watcher import WatchMode


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeSettings:
    """How to watch."""

    ignore: tuple[str, ...] = ()  # `watch.ignore` of Stigmer.yaml
    mode: WatchMode = WatchMode.AUTO
    settle_seconds: float | None = None  # None: learned
    rescan_seconds: float = 30
    git_seconds: float = 10
