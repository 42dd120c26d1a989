"""The values of --on-change and --watcher, apart from the heavy modules that they choose."""

from __future__ import annotations

from enum import Enum


class OnChangeChoice(Enum):
    """What to do with the current run when a file changes."""

    RESTART = "restart"
    QUEUE = "queue"
    KEEP = "keep"


class WatcherChoice(Enum):
    """How to detect changes."""

    AUTO = "auto"
    INOTIFY = "inotify"
    WATCHFILES = "watchfiles"
    SCAN = "scan"
