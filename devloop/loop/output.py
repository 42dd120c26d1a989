"""A screen that may go away: somebody closes the terminal, or the reader of a pipe ends."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from functools import partial

from devloop.loop.events import LoopEvent
from devloop.loop.interfaces import Screen
from runcmd.events import Event


class LoopOutput:
    """Shows until that is no longer possible, and says so once."""

    def __init__(self, screen: Screen, on_unwritable: Callable[[], None]) -> None:
        self.unwritable: OSError | None = None
        self._screen = screen
        self._on_unwritable = on_unwritable

    def show(self, generation: int, event: Event, target: str = "") -> None:
        """An event of a run."""
        self._write(partial(self._screen.show, generation, event, target))

    def show_all(self, generation: int, shown: Iterable[Event], target: str = "") -> None:
        """Events of a run, in their order."""
        for event in shown:
            self.show(generation, event, target)

    def emit(self, event: LoopEvent) -> None:
        """An event of the loop itself."""
        self._write(partial(self._screen.emit, event))

    def hide(self, values: Collection[str]) -> None:
        """These are never shown from now on."""
        self._screen.hide(values)

    def _write(self, write: partial[None]) -> None:
        if self.unwritable is None:
            try:
                write()
            except OSError as error:  # nobody reads any more
                self.unwritable = error
                self._on_unwritable()
