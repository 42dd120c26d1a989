"""What turns events into output: one class for each form of `--output`."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Protocol

from runcmd.events import Event


class AsksHere(Protocol):
    """Answers the questions of runs at the terminal: each is shown when its turn has come."""

    def take(self, event: Event, show: Callable[[Event], None], source: Hashable = "") -> None:
        """An event of a run, to be shown now or, of a question, later. Raises OSError."""

    def over(self, source: Hashable) -> None:
        """A run asks nothing more. Raises OSError."""


class Renderer(Protocol):
    """Shows events as they come."""

    def show(self, event: Event) -> None: ...

    def close(self) -> None: ...


class HeardRenderer:
    """Shows events as another renderer does; somebody hears each that was shown."""

    def __init__(self, renderer: Renderer, heard: Callable[[Event], None]) -> None:
        self._renderer = renderer
        self._heard = heard

    def show(self, event: Event) -> None:
        self._renderer.show(event)
        self._heard(event)

    def close(self) -> None:
        self._renderer.close()
