"""Says that something may have changed."""

from devloop.watcher.interfaces import Prune, RawEvent, Watcher, WatchMode
from devloop.watcher.opening import open_watcher

__all__ = ["Prune", "RawEvent", "WatchMode", "Watcher", "open_watcher"]
