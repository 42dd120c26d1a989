"""The words that --on-change and --watcher take; importing what they choose would cost each command."""

from __future__ import annotations

from enum import Enum


class Busy(Enum):
    """What a change does to a run that still goes on."""

    RESTART = "restart"
    QUEUE = "queue"


class WatcherChoice(Enum):
    """Who says that something may have changed."""

    AUTO = "auto"
    INOTIFY = "inotify"
    WATCHFILES = "watchfiles"
    SCAN = "scan"
