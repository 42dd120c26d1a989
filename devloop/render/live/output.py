"""The live screen of a command: what draws it is imported while the backend works."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from importlib import import_module
from threading import Thread
from typing import TYPE_CHECKING

from devloop.terminal.stream import Terminal
from runcmd.events import (
    Event,
    ExecutionCreated,
    MessageStarted,
    Nested,
    Role,
    RunFinished,
    TargetResolved,
)

if TYPE_CHECKING:
    from devloop.loop.events import LoopEvent
    from devloop.render.live.loop_view import LoopView
    from devloop.render.live.screen import LiveScreen

Clock = Callable[[], float]
SCREEN, MARKDOWN = "devloop.render.live.screen", "devloop.render.live.markdown"


class LiveTerminal:
    """One for a command: all its runs, and its watch loop."""

    def __init__(
        self, out: Terminal, err: Terminal, loop: LoopView | None = None, clock: Clock = time.monotonic
    ) -> None:
        self._out, self._err = out, err
        self._loop = loop
        self._clock = clock
        self._screen: LiveScreen | None = None
        self._imports: set[str] = set()
        self._runs: set[str] = set()  # the marks of those that go on

    def see(self, mark: str, event: Event) -> None:
        """An event of a run, whose lines are written already. Raises OSError."""
        inner = event.event if isinstance(event, Nested) else event
        match inner:
            case TargetResolved():
                self._import(SCREEN)
            case ExecutionCreated() if inner is event:
                self._runs.add(mark)
                self.attach()
            case MessageStarted(role=Role.AI):
                self._import(MARKDOWN)
            case _:
                pass
        if self._screen is None:
            return
        if mark in self._runs:
            self._screen.attach()
        self._screen.see(mark, event)
        if isinstance(event, RunFinished):
            self._runs.discard(mark)
            if not self._runs and self._loop is None:
                self.give_back()

    def hear(self, event: LoopEvent) -> None:
        """An event of the watch loop, whose lines are written already. Raises OSError."""
        self.attach()
        if self._screen is not None:
            self._screen.hear(event)

    @property
    def draws(self) -> bool:
        """Something is on the screen besides lines."""
        return self._screen is not None and self._screen.on

    def attach(self) -> None:
        """From now on, something is drawn."""
        if self._screen is None:
            from devloop.render.live.screen import LiveScreen

            self._screen = LiveScreen(self._out, self._err, os.environ, loop=self._loop, clock=self._clock)
        self._screen.attach()

    def refresh(self) -> None:
        """Draws what is under way as it is now. Raises OSError."""
        if self._screen is not None:
            self._screen.refresh()

    def give_back(self) -> None:
        """Nothing is drawn any more, and all that was written is on the screen. Raises OSError."""
        if self._screen is not None:
            self._screen.detach()

    def resume(self) -> None:
        """After a stop."""
        if self._screen is not None and (self._runs or self._loop is not None):
            self._screen.resume()

    def release(self) -> None:
        """The process ends at once; may be called from a signal's handler."""
        if self._screen is not None:
            self._screen.release()

    def _import(self, module: str) -> None:
        if module not in self._imports and module not in sys.modules:
            self._imports.add(module)
            Thread(target=import_module, args=(module,), daemon=True).start()
