"""What is a watcher, and what does it report?"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol


class WatchMode(StrEnum):
    """Which watcher: the best for this place, or one of the three by name."""

    AUTO = "auto"
    INOTIFY = "inotify"
    WATCHFILES = "watchfiles"
    SCAN = "scan"


@dataclass(frozen=True, slots=True)
class RawEvent:
    """Something may have changed: these files, or anything below these directories.

    No paths: it may be anywhere. `lost`: the system dropped events.
    """

    paths: frozenset[Path] = frozenset()
    lost: bool = False


class Prune(Protocol):
    """Does nothing below this directory count? Asked with a path from the root, in any thread."""

    def __call__(self, directory: str, /) -> bool: ...


class Watcher(Protocol):
    """Raw events for one consumer, as soon as there are any."""

    @property
    def name(self) -> str:
        """Which one watches now: inotify, watchfiles or scan."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What a user should know, such as why it fell back to polling."""

    def events(self) -> AsyncIterator[RawEvent]: ...

    def drain(self) -> tuple[RawEvent, ...] | None:
        """The events of all that has happened until now, without waiting. None: it cannot say."""

    def refresh(self, prune: Prune) -> None:
        """The ignore rules changed: watch other directories, without a gap."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchedPlace:
    """What is watched: a directory, and single files beside it."""

    root: str
    extra: tuple[str, ...]

    def below_root(self, path: str) -> str:
        """The path as the ignore rules see it."""
        return path[len(self.root) :].lstrip("/")


class WatchEngine(Protocol):
    """One way to watch. Made on the event loop; puts events into an inbox until it is closed."""

    name: str

    async def ready(self) -> None:
        """From now on every change yields an event. Raises UnwatchableError."""

    def catch_up(self) -> bool:
        """Puts the events of all that has happened so far into the inbox; false if some come only later."""

    def refresh(self, prune: Prune) -> None: ...

    def close(self) -> None: ...


class UnwatchableError(Exception):
    """The system cannot watch any more; the text says why, and what would help."""
