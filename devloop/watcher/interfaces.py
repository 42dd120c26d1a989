"""What a watcher is: somebody who says that something may have changed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol


class WatchMode(StrEnum):
    """Who watches: the best for this place, or one of the three by name."""

    AUTO = "auto"
    INOTIFY = "inotify"
    WATCHFILES = "watchfiles"
    SCAN = "scan"


@dataclass(frozen=True, slots=True)
class RawEvent:
    """Look here: at these files, and at everything below these directories.

    No paths: look everywhere. `lost`: the system dropped events, so nobody knows where.
    """

    paths: frozenset[Path] = frozenset()
    lost: bool = False


class Prune(Protocol):
    """Does nothing below this directory count? Asked with a path from the root, in any thread."""

    def __call__(self, directory: str, /) -> bool: ...


class Watcher(Protocol):
    """Hints for one consumer, as soon as there are any."""

    @property
    def name(self) -> str:
        """Who watches now: inotify, watchfiles or scan."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What a user should know, such as why it fell back."""

    def events(self) -> AsyncIterator[RawEvent]: ...

    def drain(self) -> tuple[RawEvent, ...] | None:
        """All that is left to be hinted of what happened until now, without waiting. None: nobody can say."""

    def refresh(self, prune: Prune) -> None:
        """The ignore rules changed: watch another set of directories, with no gap in between."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchedPlace:
    """What is watched: a directory, and single files beside it."""

    root: str
    extra: tuple[str, ...]

    def below_root(self, path: str) -> str:
        """The path as ignore rules know it."""
        return path[len(self.root) :].lstrip("/")


class WatchEngine(Protocol):
    """One way to watch. Made on the event loop, puts hints into an inbox until it is closed."""

    name: str

    async def ready(self) -> None:
        """From now on every change yields a hint. Raises UnwatchableError."""

    def catch_up(self) -> bool:
        """Puts out the hints of all that happened until now; false if some would come only later."""

    def refresh(self, prune: Prune) -> None: ...

    def close(self) -> None: ...


class UnwatchableError(Exception):
    """The system cannot watch any more; the text says why, and what would help."""
