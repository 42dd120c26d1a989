"""Says that something may have changed."""

from devloop.watcher.opening import open_watcher
from devloop.watcher.seam import Hint, Prune, Watcher, WatchMode

__all__ = ["Hint", "Prune", "WatchMode", "Watcher", "open_watcher"]
