"""What turns events into output: one class for each form of `--output`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from runcmd.events import Event


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
