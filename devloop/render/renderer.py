"""What turns events into output: one class for each form of `--output`."""

from __future__ import annotations

from typing import Protocol

from runcmd.events import Event


class Renderer(Protocol):
    """Shows events as they come."""

    def show(self, event: Event) -> None: ...

    def close(self) -> None: ...
