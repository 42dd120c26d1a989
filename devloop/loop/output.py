"""A screen that may go away: somebody closes the terminal, or the reader of a pipe ends."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from devloop.loop.events import LoopEvent
from devloop.loop.generation import Generation
from devloop.loop.interfaces import Screen
from runcmd.events import Event
from runcmd.request import RunRequest

Shown = Event | LoopEvent
Heard = Callable[[int, Shown, str], object]  # a generation, an event of it, and its target


class LoopOutput:
    """Shows until that is no longer possible, and says so once."""

    def __init__(
        self,
        screen: Screen,
        on_unwritable: Callable[[], None],
        before: Callable[[LoopEvent], Iterable[LoopEvent]] = lambda event: (),
    ) -> None:
        """`before`: what comes just before an event of the loop."""
        self._before = before
        self._listeners: list[Heard] = []
        self.unwritable: OSError | None = None
        self._screen = screen
        self._on_unwritable = on_unwritable

    def show(self, generation: int, event: Event, target: str = "") -> None:
        """An event of a run."""
        self._tell(generation, event, target)
        self._write(partial(self._screen.show, generation, event, target))

    def show_all(self, generation: int, shown: Iterable[Event], target: str = "") -> None:
        """Events of a run, in their order."""
        for event in shown:
            self.show(generation, event, target)

    def emit(self, event: LoopEvent) -> None:
        """An event of the loop itself."""
        for each in (*self._before(event), event):
            self._tell(each.gen, each, "")
            self._write(partial(self._screen.emit, each))

    def emit_all(self, shown: Iterable[LoopEvent]) -> None:
        """Events of the loop itself, in their order."""
        for event in shown:
            self.emit(event)

    def show_live(self, generation: Generation, request: RunRequest, event: Event) -> None:
        """What the program of a version does and says while it runs; of an outdated one nobody wants it."""
        if generation.state.why is None:
            self.hide_secrets(request)
            self.show(generation.number, event)

    def hide_secrets(self, request: RunRequest | None) -> None:
        """Their values are never shown from now on."""
        if request is not None:
            self._screen.hide([each.value for each in request.env if each.secret])

    @contextmanager
    def heard(self, listener: Heard) -> Iterator[None]:
        """Calls it with each event from now on."""
        self._listeners.append(listener)
        try:
            yield
        finally:
            self._listeners.remove(listener)

    def masked(self, value: Any) -> Any:
        """Without any value that is never shown."""
        return self._screen.masked(value)

    def _tell(self, generation: int, event: Shown, target: str) -> None:
        for each in self._listeners:
            each(generation, event, target)

    def _write(self, write: partial[None]) -> None:
        if self.unwritable is None:
            try:
                write()
            except OSError as error:  # nobody reads any more
                self.unwritable = error
                self._on_unwritable()
