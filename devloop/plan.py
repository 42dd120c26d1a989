"""How a loop loops, and its ways to the world."""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol

from devloop.changes import Changes
from devloop.leases import Lease
from devloop.loop_events import LoopEvent
from devloop.preparing import Discover, Read
from runcmd.events import Event
from runcmd.frozen import Frozen
from runcmd.pipeline import Choose, Connect
from runcmd.project import OnChange
from runcmd.request import RunRequest


class Plan(Frozen):
    """What a loop is told once."""

    read: Read
    discover: Discover
    watch: Callable[[RunRequest], AbstractAsyncContextManager[Changes]]
    connect: Connect
    choose: Choose | None = None
    on_change: OnChange | None = None  # None: as Stigmer.yaml says
    until_success: bool = False
    runs: int | None = None  # ends after so many
    keys: bool = False
    leases: Path | None = None  # where loops write down what they run
    lease: Lease | None = None


class Screen(Protocol):
    """Where the loop and its runs are shown."""

    def show(self, generation: int, event: Event) -> None: ...

    def tell(self, event: LoopEvent) -> None: ...

    def hide(self, values: Collection[str]) -> None:
        """These are never shown from now on."""
