"""The project's directory is gone, for a while or for good: nothing begins until it is back."""

from __future__ import annotations

import time
from collections.abc import Callable

from devloop.changes.place import PlaceBack, PlaceGone
from devloop.loop import events
from devloop.loop.events import Cause, LoopEvent
from devloop.loop.generation import FORCED
from runcmd.errors import RunError


class Absence:
    """Reports it, and remembers what would have begun meanwhile."""

    def __init__(self, emit: Callable[[LoopEvent], None]) -> None:
        self.missing = ""  # empty: the project is there
        self._emit = emit
        self._held: Cause | None = None
        self._changed: tuple[str, ...] = ()
        self._since = 0.0

    def begins(self, gen: int, news: PlaceGone) -> None:
        """`gen`: the newest generation."""
        if self.missing != news.missing:
            self._since = self._since if self.missing else time.monotonic()
            self.missing = news.missing
            self._emit(events.ProjectGone(gen=gen, missing=news.missing))

    def ends(self, gen: int, news: PlaceBack) -> None:
        """It is back, or another directory has its place."""
        seconds = time.monotonic() - self._since if self.missing else 0.0
        self.missing = ""
        self._emit(
            events.ProjectBack(
                gen=gen,
                place=news.place,
                target=news.target,
                replaced=news.replaced,
                seconds=seconds,
            )
        )

    def holds(self, cause: Cause, changed: tuple[str, ...]) -> bool:
        """Must a generation with this cause wait, or be tried again when the project is back?"""
        if self.missing:
            self._held = self._held if self._held in FORCED else cause
            self._changed = tuple(dict.fromkeys((*self._changed, *changed)))
        return bool(self.missing)

    def explains(self, error: RunError | None) -> bool:
        """Says this error no more than that the project is gone? Then what failed is tried again later."""
        return bool(self.missing) and error is not None

    def take_held(self) -> tuple[Cause | None, tuple[str, ...]]:
        """The cause of what waited, once, and what changed; None: nothing waited."""
        held = self._held, self._changed
        self._held, self._changed = None, ()
        return held
