"""Where may something have changed? Raw events, by the best watcher for the place."""

from devloop.watcher.interfaces import Prune, RawEvent, Watcher, WatchMode
from devloop.watcher.opening import open_watcher

__all__ = ["Prune", "RawEvent", "WatchMode", "Watcher", "open_watcher"]
