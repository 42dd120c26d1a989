"""Says that something may have changed."""

from devloop.watcher.interfaces import Hint, Prune, Watcher, WatchMode
from devloop.watcher.opening import open_watcher

__all__ = ["Hint", "Prune", "WatchMode", "Watcher", "open_watcher"]
